"""What is chosen where options do not say: by rows, overridden one by one, and kept by the run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chainrule.errors import UnknownNameError
from chainrule.train.data.batches import Batches
from chainrule.train.optimizers import SGD, AdamW
from chainrule.train.options import RunOptions
from chainrule.train.options.defaults import choose
from chainrule.train.runs.run_config import read_config
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.tables.table_domain import TABLES
from chainrule.train.runs.training_run import TrainingRun
from train.run_cases import assert_same, on, write_csv

CHOSEN = {
    "layers", "init", "epochs", "patience", "optimizer", "learning_rate", "weight_decay",
    "validation_fraction",
}  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "validated", "share"), [(318, False, 0.0), (400, True, 0.1), (10**6, True, 0.1)]
)
def test_few_rows_are_all_learnt_from(rows: int, validated: bool, share: float):
    assert RunOptions("x").validation_share(rows) == share
    options, chosen = RunOptions("x").choose(rows, validated=validated)
    assert options.validation_fraction == chosen["validation_fraction"] == share
    assert (options.patience is None) == (not validated)
    many = {"batch_size"} if rows > 1500 else set()
    assert set(chosen) == CHOSEN - ({"patience"} if not validated else set()) | many


def test_what_waits_for_validation_has_some_however_few_the_rows_are():
    assert RunOptions("x", patience=3).validation_share(50) == 0.1
    assert RunOptions("x", schedule="plateau").validation_share(50) == 0.1
    assert RunOptions("x", patience=3, validation_fraction=0.0).validation_share(50) == 0.0
    assert RunOptions("x", patience=0).validation_share(50) == 0.0


@pytest.mark.parametrize("rows", [5, 120, 399, 1000, 1500, 20_000, 10**6])
def test_weights_shrink_by_a_hundredth_in_an_epoch_and_by_a_thousandth_in_a_step(rows: int):
    for rate in (None, 0.01):
        options, _ = RunOptions("x", learning_rate=rate).choose(rows, validated=True)
        optimizer = options.optimizer
        assert isinstance(optimizer, AdamW)
        steps = Batches(rows, options.batch_size).per_epoch
        in_step = optimizer.learning_rate * optimizer.weight_decay
        assert in_step <= 0.001 + 1e-15
        assert in_step * steps <= 0.01 + 1e-15
        assert in_step == pytest.approx(0.001) or in_step * steps == pytest.approx(0.01)


def test_large_tables_are_not_trained_for_ever():
    found = choose(10**6, validated=True)
    assert found["epochs"] * 10**6 / found["batch_size"] < 250_000


def test_a_schedule_has_time_for_its_course():
    """400 epochs of which 60 are made would leave the cosine at its beginning."""
    options, _ = RunOptions("x", schedule="cosine").choose(1000, validated=True)
    assert (options.epochs, options.patience) == (100, 100)
    options, _ = RunOptions("x", schedule="cosine", epochs=30).choose(1000, validated=True)
    assert (options.epochs, options.patience) == (30, 30)
    options, _ = RunOptions("x", schedule="cosine", patience=5).choose(1000, validated=True)
    assert (options.epochs, options.patience) == (100, 5)
    options, _ = RunOptions("x", schedule="plateau(10)").choose(1000, validated=True)
    assert (options.epochs, options.patience) == (400, 60)
    options, _ = RunOptions("x", schedule="step(9, 0.5)").choose(1000, validated=True)
    assert (options.epochs, options.patience) == (400, 20)


def test_what_is_given_is_not_chosen():
    given = {
        "layers": (3,), "init": "he", "epochs": 7, "patience": 2, "batch_size": 9,
        "optimizer": SGD(0.5), "validation_fraction": 0.3,
    }  # fmt: skip
    for name, value in given.items():
        options, chosen = RunOptions("x", **{name: value}).choose(1000, validated=True)  # type: ignore[arg-type]
        assert getattr(options, name) == value
        left = {name, "learning_rate", "weight_decay"} if name == "optimizer" else {name}
        assert set(chosen) == CHOSEN - left
    options, chosen = RunOptions("x", **given).choose(1000, validated=True)  # type: ignore[arg-type]
    assert (options, chosen) == (RunOptions("x", **given), {})  # type: ignore[arg-type]
    options, chosen = RunOptions("x", weight_decay=0.5).choose(1000, validated=True)
    assert options.optimizer == AdamW(0.001, weight_decay=0.5)
    assert "weight_decay" not in chosen


def test_a_hyperparameter_of_another_optimizer_is_refused_at_once():
    with pytest.raises(UnknownNameError, match="adamw hyperparameter"):
        RunOptions("x", momentum=0.9)


def test_no_early_stopping_can_be_asked_for(tmp_path: Path):
    options = RunOptions("breast-cancer", patience=0, epochs=2, layers=())
    with TrainingRun.start(options, tmp_path / "run") as run:
        assert run.train()
        assert run.session.stopping is None
        assert len(run.dataset.validation) > 0
    assert read_config(RunFolder.read(tmp_path / "run"), TABLES)[0].patience is None


@pytest.mark.parametrize("rows", [60, 500])
def test_a_run_keeps_what_was_chosen_and_goes_on_exactly(tmp_path: Path, rows: int):
    options = on(write_csv(tmp_path / "things.csv", rows), RunOptions(epochs=12, seed=2))
    with TrainingRun.start(options, tmp_path / "whole") as whole:
        assert whole.train()
        assert set(whole.chosen) >= {"layers", "optimizer", "weight_decay"}
        expected = whole.options
    with TrainingRun.start(replace(options, epochs=5), tmp_path / "run") as run:
        run.train()
    with TrainingRun.resume(tmp_path / "run", 12) as again:
        assert again.options == expected
        assert again.train()
        assert_same(again.session.loop.checkpoint(), whole.session.loop.checkpoint())
    training = RunFolder.read(tmp_path / "run").config["training"]
    assert training["layers"] == [100]
    assert training["optimizer"]["weight_decay"] == pytest.approx(1.0 if rows == 60 else 10 / 12)


def test_entries_that_a_stored_run_lacks_are_the_former_defaults(tmp_path: Path):
    """Runs name them all, but people edit the file."""
    options = on(write_csv(tmp_path / "things.csv"), RunOptions(epochs=2))
    with TrainingRun.start(options, tmp_path / "run") as run:
        folder, config = run.folder, run.folder.config
        for name in ("layers", "epochs", "optimizer", "init"):
            del config["training"][name]
        del config["data"]["validation_fraction"]
        folder.write_config(config)
    stored, _, _ = read_config(RunFolder.read(tmp_path / "run"), TABLES)
    assert (stored.layers, stored.epochs, stored.validation_fraction) == ((128, 64), 40, 0.1)
    assert (stored.init, stored.patience) == (None, None)
    assert RunOptions("x", optimizer="adam").optimizer == stored.optimizer


def test_choices_are_plain_data():
    _, chosen = RunOptions("x").choose(500, validated=True)
    assert json.loads(json.dumps(chosen))["layers"] == [100]
