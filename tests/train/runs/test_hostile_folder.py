"""Run folders that somebody else made: links, pipes, forged checkpoints, edited settings."""

from __future__ import annotations

import dataclasses
import math
import os
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w

from chainrule.errors import ChainruleError, RunError
from chainrule.train.runs.predictor import Predictor
from chainrule.train.runs.run_config import read_config, with_settings_digest
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.tables.table_domain import TABLES
from chainrule.train.runs.training_run import TrainingRun
from chainrule.train.storage.checkpoint import Checkpoint
from train.run_cases import EVERYTHING, on, write_csv

posix = pytest.mark.skipif(os.name != "posix", reason="links and pipes of POSIX")
OPTIONS = dataclasses.replace(EVERYTHING, engine="reference", epochs=2, schedule="plateau(3)")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    csv = write_csv(folder / "things.csv")
    with TrainingRun.start(on(csv, OPTIONS), folder / "run") as training:
        assert training.train()
    (folder / "run" / "figures" / "loss.png").write_bytes(b"png")
    return folder


@pytest.fixture
def run(tmp_path: Path, template: Path) -> Path:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return tmp_path / "run"


def resume(path: Path) -> None:
    with TrainingRun.resume(path, epochs=3) as training:
        training.train()
        for name in os.listdir(path / "figures"):
            training.folder.write_figure(name, b"png")


def refused(path: Path, action: Callable[[Path], Any] = resume) -> str:
    """The line with which a run is refused."""
    with pytest.raises(ChainruleError) as caught:
        action(path)
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 500
    return line


def forge(path: Path, **changes: Any) -> None:
    """A checkpoint with other content and a right checksum."""
    checkpoint = RunFolder.read(path).checkpoint()
    extra = {**checkpoint.extra, **changes.pop("extra", {})}
    forged = dataclasses.replace(checkpoint, extra=extra, **changes)
    (path / "model.safetensors").write_bytes(forged.to_bytes())


@posix
@pytest.mark.parametrize("name", ["config.toml", "history.jsonl", "model.safetensors", "run.lock"])
def test_a_link_is_refused_and_what_it_names_is_unchanged(run: Path, tmp_path: Path, name: str):
    outside = tmp_path / "outside"
    (run / name).rename(outside)
    (run / name).symlink_to(outside)
    before = outside.read_bytes()
    assert "symbolic link" in refused(run)
    assert outside.read_bytes() == before
    assert (run / name).is_symlink()


@posix
def test_a_history_that_becomes_a_link_is_not_followed(run: Path, tmp_path: Path):
    outside = tmp_path / "outside"
    with TrainingRun.resume(run, epochs=3) as training:
        (run / "history.jsonl").rename(outside)
        (run / "history.jsonl").symlink_to(outside)
        before = outside.read_bytes()
        with pytest.raises(RunError, match="symbolic link"):
            training.train()
    assert outside.read_bytes() == before


@posix
def test_a_folder_of_figures_that_is_a_link_is_refused(run: Path, tmp_path: Path):
    (run / "figures").rename(tmp_path / "elsewhere")
    for name in os.listdir(tmp_path / "elsewhere"):
        (tmp_path / "elsewhere" / name).unlink()
    (run / "figures").symlink_to(tmp_path / "elsewhere")
    assert "symbolic link" in refused(run)
    assert not os.listdir(tmp_path / "elsewhere")


@posix
def test_a_figure_that_is_a_link_is_refused(run: Path, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.write_text("mine")
    (run / "figures" / "loss.png").unlink()
    (run / "figures" / "loss.png").symlink_to(outside)
    assert "symbolic link" in refused(run)
    assert outside.read_text() == "mine"


@posix
def test_a_hard_link_is_cut_before_anything_is_appended(run: Path, tmp_path: Path):
    outside = tmp_path / "outside"
    os.link(run / "history.jsonl", outside)
    before = outside.read_bytes()
    resume(run)
    assert outside.read_bytes() == before
    assert len(RunFolder.read(run).history()) == 3


@posix
@pytest.mark.parametrize("name", ["history.jsonl", "model.safetensors", "run.lock"])
def test_a_pipe_is_refused_at_once(run: Path, name: str):
    (run / name).unlink()
    os.mkfifo(run / name)
    assert "no regular file" in refused(run)


def test_a_run_may_be_named_by_a_link(run: Path, tmp_path: Path):
    (tmp_path / "latest").symlink_to(run, target_is_directory=True)
    resume(tmp_path / "latest")
    assert len(RunFolder.read(run).history()) == 3


@pytest.mark.parametrize(
    "keep", [lambda lines: [], lambda lines: lines[:1], lambda lines: lines[1:]]
)
def test_a_shortened_history_is_refused(run: Path, keep: Callable[[list[str]], list[str]]):
    file = run / "history.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(keep(lines)))
    line = refused(run)
    assert "expected a line for each of the 2 epochs of the checkpoint" in line
    assert line.startswith(str(file))


def test_a_missing_history_is_refused(run: Path):
    (run / "history.jsonl").unlink()
    assert "got 0 of them" in refused(run)


def predict(path: Path) -> Any:
    return Predictor(path).predict(path.parent / "things.csv")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("group", ["parameters", "buffers"])
@pytest.mark.parametrize("action", [predict, resume])
def test_weights_that_are_no_numbers_are_refused(run: Path, value, group, action):
    arrays = {n: a.copy() for n, a in getattr(RunFolder.read(run).checkpoint(), group).items()}
    name = next(iter(arrays))
    arrays[name].flat[-1] = value
    forge(run, **{group: arrays})
    assert f"{name} with entries that are no finite numbers" in refused(run, action)


def test_predictions_that_are_no_numbers_are_refused(run: Path):
    parameters = RunFolder.read(run).checkpoint().parameters
    huge = {n: np.full_like(a, 3e38) for n, a in parameters.items()}
    forge(run, parameters=huge)
    assert "finite" in refused(run, predict)


DEEP: Any = 1
for _ in range(200):
    DEEP = [DEEP]

EXTRAS: dict[str, Any] = {
    "place": [-1, 1.5, "x", None, 2**70, [], True],
    "rows": [5, -1, "3"],
    "loss_sum": ["x", None, {}],
    "seconds": [None, -1.0, math.nan, "1"],
    "gradient_norms": [1, [], {"a": "x"}, {"a": None}, DEEP],
    "learning_rate": ["x", None, []],
    "rate_factor": [0, -1, "x", math.inf],
    "schedule": [1, [], {"factor": "x"}, {"factor": None}, {"least": []}, {"waited": 0.5}, DEEP],
    "best": [1, [], [1], ["x", 1.0], [1, 2.0, 3], [1, 0.5]],
    "source": [1, DEEP],
    "other": [DEEP],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n in EXTRAS for v in EXTRAS[n]], ids=str)
def test_a_forged_state_is_refused(run: Path, name: str, value: Any):
    forge(run, extra={name: value})
    refused(run)


@pytest.mark.parametrize(("name", "value"), [("epoch", 99), ("step", 2**70), ("epoch", -1)])
def test_a_forged_counter_is_refused(run: Path, name: str, value: Any):
    forge(run, **{name: value})
    refused(run)


WRONG = [-1, 0, 1.5, math.nan, math.inf, 10**30, True, "", "\x1b[2J", [], [-1], [[]], {}, {"a": {}}]
ENTRIES = [
    ("data",),
    ("data", "source"),
    ("data", "drop"),
    ("data", "seed"),
    ("data", "test_fraction"),
    ("training",),
    ("training", "layers"),
    ("training", "dropout"),
    ("training", "activation"),
    ("training", "dtype"),
    ("training", "batch_size"),
    ("training", "schedule"),
    ("training", "warm_up"),
    ("training", "class_weights"),
    ("training", "optimizer"),
    ("training", "optimizer", "name"),
    ("training", "optimizer", "learning_rate"),
    ("encoder",),
    ("encoder", "columns"),
    ("encoder", "target"),
    ("encoder", "target", "classes"),
    ("encoder", "target", "task"),
    ("fingerprint",),
    ("format",),
]


@pytest.mark.parametrize("place", ENTRIES, ids=".".join)
@pytest.mark.parametrize("sealed", [False, True])
def test_edited_settings_are_refused_or_allowed(run: Path, place: tuple[str, ...], sealed: bool):
    """Whether or not the checkpoint was forged to go with them."""
    file = run / "config.toml"
    original = file.read_text()
    for value in WRONG:
        config = tomllib.loads(original)
        inner = config
        for name in place[:-1]:
            inner = inner[name]
        inner[place[-1]] = value
        file.write_text(tomli_w.dumps(config))
        line = ""
        try:
            folder = RunFolder.read(run)
            read_config(folder, TABLES)
            if sealed:
                checkpoint = with_settings_digest(folder.checkpoint(), folder.config)
                (run / "model.safetensors").write_bytes(checkpoint.to_bytes())
            predict(run)
        except ChainruleError as error:
            line = str(error)
        assert "\n" not in line


@pytest.mark.slow
def test_settings_that_are_nested_deeply_are_refused(run: Path):
    file = run / "config.toml"
    for deep in ("x = " + "[" * 20_000 + "]" * 20_000, "y" + ".y" * 20_000 + " = 1"):
        file.write_text(f"{deep}\n{file.read_text()}")
        refused(run, lambda path: read_config(RunFolder.read(path), TABLES))


def test_metadata_that_are_nested_deeply_are_refused():
    content = Checkpoint({"w": np.ones(2)}, extra={"a": DEEP}).to_bytes()
    with pytest.raises(RunError, match="metadata that cannot be read"):
        Checkpoint.from_bytes(content)
