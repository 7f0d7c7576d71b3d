"""Training into a run folder and resuming it, and everything that must not be resumed."""

from __future__ import annotations

import dataclasses
import os
import tomllib
from pathlib import Path

import numpy as np
import pytest

from chainrule.errors import (
    ChainruleError,
    DataError,
    OptionError,
    RunError,
    TrainingError,
    UnknownNameError,
)
from chainrule.train.loop.callbacks import Callback, Callbacks
from chainrule.train.options import RunOptions
from chainrule.train.runs.run_config import read_checkpoint, read_config
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.tables.table_domain import TABLES
from chainrule.train.runs.training_run import SaveInterval, TrainingRun
from chainrule.train.schedules import LearningRate
from chainrule.train.steps.hooks import Hook
from train.run_cases import EVERYTHING, assert_same, on, timeless, write_csv

ALWAYS = SaveInterval(seconds=-1.0, share=1e9)


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "things.csv")


def started(csv: Path, epochs: int = 2, **changes: object) -> Path:
    """The folder of a run trained for `epochs`."""
    settings = dataclasses.replace(EVERYTHING, epochs=epochs, **changes)
    with TrainingRun.start(on(csv, settings), csv.parent / "run") as training:
        assert training.train()
    return training.folder.path


class Damp(Callback):
    """Lowers the rate after every seventh step."""

    every = 7

    def on_steps(self, training):
        training.scale_rate(0.9)


def halve(gradients):
    gradients.vector *= 0.5


def test_callbacks_and_hooks_of_a_run_that_is_resumed(csv: Path, tmp_path: Path):
    """Both go on in the second half as if there had been no interruption, and both matter."""
    options = on(csv, dataclasses.replace(EVERYTHING, epochs=4))
    hooks, ends = [Hook(halve, every=3)], []
    for name, given, callbacks in (
        ("whole", hooks, [Damp()]), ("no callback", hooks, []), ("no hook", (), [Damp()])
    ):  # fmt: skip
        with TrainingRun.start(options, tmp_path / name, given) as whole:
            assert whole.train(callbacks=callbacks)
        ends.append(whole.folder.checkpoint())
    with TrainingRun.start(options, tmp_path / "run", hooks) as first:
        stop = Callbacks(stop=lambda: first.session.loop.step >= 10)
        assert not first.train(stop, [Damp()])
    with TrainingRun.resume(tmp_path / "run", hooks=hooks) as second:
        assert 0 < second.session.loop.step < ends[0].step
        assert second.train(callbacks=[Damp()])
    assert_same(second.folder.checkpoint(), ends[0])
    for other in ends[1:]:
        assert any((other.parameters[k] != ends[0].parameters[k]).any() for k in other.parameters)


def test_files_of_a_finished_run(csv: Path):
    path = started(csv)
    assert sorted(os.listdir(path)) == [
        "config.toml",
        "figures",
        "history.jsonl",
        "model.safetensors",
        "run.lock",
    ]
    folder = RunFolder.read(path)
    assert [record.epoch for record in folder.history()] == [1, 2]
    checkpoint = folder.checkpoint()
    assert (checkpoint.epoch, checkpoint.step) == (2, 10)
    assert checkpoint.slots
    assert {"layers.1.running_mean", "layers.1.running_var"} <= set(checkpoint.buffers)
    options, encoder, _ = read_config(folder, TABLES)
    assert options == on(csv, dataclasses.replace(EVERYTHING, epochs=2, patience=None))
    assert encoder.target.classes == ("bad", "good")


def test_the_configuration_names_every_hyperparameter(csv: Path):
    """So that other defaults, one day, do not change what a run goes on to compute."""
    path = started(csv, optimizer="adam")
    written = tomllib.loads((path / "config.toml").read_text())["training"]["optimizer"]
    assert written["beta1"] == 0.9
    assert written["learning_rate"] == 0.001


def test_reports_and_figures(csv: Path):
    path = started(csv)
    with TrainingRun.resume(path) as training:
        report, pictures = training.report(), training.draw(formats=("svg", "png"))
    assert report.run == str(path)
    assert report.train.loss > 0
    assert report.to_dict()["epochs"] == 2
    assert report.gradient_norms == training.history[-1].gradient_norms
    names = ["loss", "gradients", "gradient-flow", "activations", "reliability"]
    assert [picture.name for picture in pictures] == [
        f"{name}.{ending}" for name in names for ending in ("png", "svg")
    ]
    for picture in pictures:
        content = picture.read_bytes()
        assert content.startswith(b"\x89PNG" if picture.suffix == ".png" else b"<?xml")


@pytest.mark.parametrize("formats", [("png",), ("svg",), ()])
def test_formats_of_figures(csv: Path, formats: tuple[str, ...]):
    path = started(csv)
    with TrainingRun.resume(path) as training:
        pictures = training.draw(formats=formats)
    found = {picture.suffix for picture in (path / "figures").glob("*")}
    assert found == {picture.suffix for picture in pictures} == {f".{name}" for name in formats}


def test_no_figures_without_an_epoch(csv: Path):
    with TrainingRun.start(on(csv, EVERYTHING), csv.parent / "run") as training:
        assert not training.train(Callbacks(stop=lambda: True))
        assert training.draw() == []
        assert training.report().gradient_norms == {}


def test_the_default_folder_is_named_after_the_data(csv: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(csv.parent)
    with TrainingRun.start(on(csv, EVERYTHING)) as training:
        assert training.folder.path.parent == csv.parent / "runs"
        assert training.folder.path.name.startswith("things-")


def test_two_writers(csv: Path):
    with (
        TrainingRun.start(on(csv, EVERYTHING), csv.parent / "run"),
        pytest.raises(RunError, match="in use by another process"),
    ):
        TrainingRun.resume(csv.parent / "run")
    TrainingRun.resume(csv.parent / "run").folder.close()


def test_data_that_moved(csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    path = started(Path("things.csv"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")  # the run remembers the file, not the way to it
    TrainingRun.resume(path).folder.close()
    csv.rename("moved.csv")
    with pytest.raises(DataError, match="no file of that name"):
        TrainingRun.resume(path)
    with TrainingRun.resume(path, 3, "moved.csv") as training:
        assert training.train()
    with TrainingRun.resume(path, 4) as training:  # and where they are now
        assert training.train()
        assert [r.epoch for r in training.history] == [1, 2, 3, 4]


def test_other_data(csv: Path, tmp_path: Path):
    path = started(csv)
    before = (path / "config.toml").read_bytes(), (path / "model.safetensors").read_bytes()
    other = write_csv(tmp_path / "other.csv", seed=1)
    for call in (
        lambda: TrainingRun.resume(path, 9, str(other)),
        lambda: (other.replace(csv), TrainingRun.resume(path, 9)),
    ):
        with pytest.raises(RunError, match="expected the data this run began with") as caught:
            call()
        assert "\n" not in str(caught.value)
    assert before == (
        (path / "config.toml").read_bytes(),
        (path / "model.safetensors").read_bytes(),
    )


def test_data_with_one_number_changed_are_refused(csv: Path):
    path = started(csv)
    text = csv.read_text()
    csv.write_text(text.replace(text.split("\n")[7].split(",")[0], "0.5"))
    with pytest.raises(RunError, match="got different data"):
        TrainingRun.resume(path)


EDITS = {
    "seed of the split": ("[data]", "seed = 3", "seed = 4", "one for data and training"),
    "test rows": ("[data]", "test_fraction = 0.2", "test_fraction = 0.4", "settings in config"),
    "dropout": ("[training]", "dropout = 0.2", "dropout = 0.1", "settings in config.toml"),
    "widths": ("[training]", "    6,", "    7,", "settings in config.toml"),
    "rate": ("[training", "learning_rate = 0.05", "learning_rate = 0.5", "settings in config"),
    "encoder": ("[encoder", '"bad"', '"worse"', "settings in config.toml"),
    "fingerprint": ("format = 1", 'fingerprint = "', 'fingerprint = "0', "settings in config.toml"),
    "epochs": ("[training]", "epochs = 2", "epochs = 1", "at least the 2 that are done"),
    "no number": ("[training]", "epochs = 2", 'epochs = "many"', "a whole number from 1 on"),
    "no word": ("[training]", 'activation = "tanh"', "activation = 7", "expected a text"),
    "unknown": ("[training]", "dropout =", "drop_out =", "got drop_out"),
    "no table": ("[data]", "[data]", "[date]", "got none called data"),
    "no optimizer": ("[training", 'name = "sgd"', "", "expected an entry as"),
    "no layers": ("[training]", "layers = [\n    6,\n    5,\n]", "layers = 3", "expected a list"),
    "no TOML": ("[data]", "[data]", "[data", "expected TOML"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_configuration(csv: Path, edit: str):
    after, old, new, message = EDITS[edit]
    path = started(csv)
    file = path / "config.toml"
    head, mark, text = file.read_text().partition(after)
    assert old in mark + text
    file.write_text(head + (mark + text).replace(old, new, 1))
    edited = file.read_bytes()
    for _ in range(2):  # and the lock was let go
        with pytest.raises(ChainruleError) as caught:
            TrainingRun.resume(path)
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)
    assert file.read_bytes() == edited


def test_epochs_can_be_added_in_the_configuration(csv: Path):
    path = started(csv)
    file = path / "config.toml"
    file.write_text(file.read_text().replace("epochs = 2", "epochs = 3"))
    with TrainingRun.resume(path) as training:
        assert training.train()
        assert len(training.history) == 3


def test_the_checkpoint_of_another_run(csv: Path):
    """Of the same shapes, so that nothing else would notice."""
    path = started(csv)
    other = dataclasses.replace(EVERYTHING, seed=4)
    with TrainingRun.start(on(csv, other), csv.parent / "other") as training:
        training.train()
    content = (training.folder.path / "model.safetensors").read_bytes()
    (path / "model.safetensors").write_bytes(content)
    with pytest.raises(RunError, match="got one trained with others"):
        read_checkpoint(RunFolder.read(path))
    with pytest.raises(RunError, match="got one trained with others"):
        TrainingRun.resume(path)


BAD_SETTINGS = {
    "epochs": ({"epochs": 0}, OptionError),
    "dtype": ({"dtype": "float16"}, OptionError),
    "width": ({"layers": (4, 0)}, OptionError),
    "huge width": ({"layers": (10**20,)}, OptionError),
    "one row has no spread": ({"batch_norm": True, "batch_size": 1}, OptionError),
    "batch": ({"batch_size": 10_000}, OptionError),
    "activation": ({"activation": "rely"}, UnknownNameError),
    "init": ({"init": "hee"}, UnknownNameError),
    "optimizer": ({"optimizer": "adm"}, UnknownNameError),
    "rate": ({"optimizer": "sgd", "learning_rate": -1.0}, OptionError),
    "hyperparameter": ({"optimizer": "adam", "momentum": 0.9}, UnknownNameError),
    "clip": ({"clip_value": -1.0}, OptionError),
    "dropout": ({"dropout": 1.0}, OptionError),
    "seed": ({"seed": -1}, OptionError),
}


@pytest.mark.parametrize("name", BAD_SETTINGS)
def test_settings_out_of_range_leave_nothing(csv: Path, name: str):
    changes, kind = BAD_SETTINGS[name]
    with pytest.raises(kind) as caught:
        TrainingRun.start(on(csv, RunOptions(**changes)), csv.parent / "run")
    assert "\n" not in str(caught.value)
    assert os.listdir(csv.parent) == ["things.csv"]


def test_data_that_cannot_be_used_leave_nothing(csv: Path):
    for source, target in (("nowhere.csv", "y"), (str(csv), "kid")):
        options = dataclasses.replace(EVERYTHING, source=source, target=target)
        with pytest.raises(ChainruleError):
            TrainingRun.start(options, csv.parent / "run")
    assert os.listdir(csv.parent) == ["things.csv"]


def test_a_folder_that_is_taken(csv: Path):
    path = started(csv)
    before = (path / "model.safetensors").read_bytes()
    with pytest.raises(RunError, match="continue it with --resume"):
        TrainingRun.start(on(csv, EVERYTHING), path)
    assert (path / "model.safetensors").read_bytes() == before


def test_a_loss_that_diverges_leaves_what_was_saved(csv: Path):
    """The chunk that broke off is not saved half done; what was there before is."""
    with TrainingRun.start(on(csv, EVERYTHING), csv.parent / "run") as training:
        training.saving = ALWAYS
        assert not training.train(Callbacks(stop=lambda: training.session.loop.epoch == 3))
        stopped = training.session.loop.checkpoint()
        training.session.loop.course.rate = LearningRate(1e300)
        with pytest.raises(TrainingError):
            training.train()
    with TrainingRun.resume(training.folder.path) as resumed:
        assert resumed.session.loop.checkpoint().step <= stopped.step + 2
        assert resumed.train()


def test_it_saves_within_an_epoch(csv: Path, monkeypatch: pytest.MonkeyPatch):
    """Within an epoch too: epochs can be long."""
    saved: list[tuple[int, int]] = []
    with TrainingRun.start(on(csv, EVERYTHING), csv.parent / "run") as training:
        training.saving, training.session.loop.chunk_seconds = ALWAYS, 0.0
        save = training.folder.save

        def spy(checkpoint, *records):
            save(checkpoint, *records)
            saved.append((checkpoint.epoch, checkpoint.step))

        monkeypatch.setattr(training.folder, "save", spy)
        assert training.train()
    assert (training.folder.path / "history.jsonl").read_bytes().count(b"\n") == 6
    assert saved == [(step // 5 - (step % 5 == 0), step) for step in range(1, 31)] + [(6, 30)]


def test_it_does_not_save_before_it_is_due(csv: Path, monkeypatch: pytest.MonkeyPatch):
    with TrainingRun.start(on(csv, EVERYTHING), csv.parent / "run") as training:
        saves = []
        monkeypatch.setattr(training.folder, "save", lambda *state: saves.append(state))
        training.saving = SaveInterval(seconds=1e9)
        assert training.train()
        ((checkpoint, *records),) = saves
        assert checkpoint.epoch == len(records) == 6


def test_the_model_has_the_trained_parameters(csv: Path):
    with TrainingRun.start(on(csv, EVERYTHING), csv.parent / "run") as training:
        training.train()
        state = training.session.stepper.state()
        model = training.session.model
        for name, tensor in (model.parameters() | model.buffers()).items():
            np.testing.assert_array_equal(tensor.value, {**state.parameters, **state.buffers}[name])


def test_resuming_a_finished_run_changes_nothing(csv: Path):
    path = started(csv)
    before = RunFolder.read(path)
    checkpoint, history = before.checkpoint(), before.history()
    with TrainingRun.resume(path) as training:
        assert training.train()
    assert_same(RunFolder.read(path).checkpoint(), checkpoint)
    assert timeless(RunFolder.read(path).history()) == timeless(history)
