"""A run that was interrupted and resumed equals an uninterrupted one, bit for bit."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

import pytest

from chainrule.train import optimizers
from chainrule.train.loop.callbacks import Callbacks
from chainrule.train.loop.history import EpochRecord
from chainrule.train.options import RunOptions
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.training_run import TrainingRun
from chainrule.train.storage.checkpoint import Checkpoint
from train.run_cases import EVERYTHING, assert_same, on, timeless, write_csv

CASES = {
    "everything": EVERYTHING,
    "float64": dataclasses.replace(EVERYTHING, dtype="float64"),
    "adam": dataclasses.replace(EVERYTHING, optimizer="adam"),
    "nesterov": dataclasses.replace(
        EVERYTHING, optimizer=optimizers.get("sgd", momentum=0.5, nesterov=True), clip_value=0.1
    ),
    "column-major first weights": dataclasses.replace(EVERYTHING, layers=(24, 16)),
    "rmsprop": dataclasses.replace(EVERYTHING, optimizer="rmsprop"),
    "adagrad": dataclasses.replace(EVERYTHING, optimizer="adagrad"),
    "full batch": dataclasses.replace(EVERYTHING, batch_size="full", epochs=20),
    "stochastic": dataclasses.replace(EVERYTHING, batch_size=1, batch_norm=False, epochs=3),
    "step": dataclasses.replace(EVERYTHING, schedule="step(2, 0.5)", warm_up="1 epoch"),
    "cosine": dataclasses.replace(EVERYTHING, schedule="cosine(0.01)", warm_up="7 steps"),
    "plateau": dataclasses.replace(EVERYTHING, schedule="plateau(0, 0.5)", epochs=12),
    "patience": dataclasses.replace(EVERYTHING, patience=4, epochs=8),
    "accumulate": dataclasses.replace(EVERYTHING, accumulate=2, schedule="cosine"),
    "class weights": dataclasses.replace(EVERYTHING, class_weights="balanced"),
    "accumulate, by reference": dataclasses.replace(
        EVERYTHING, accumulate=3, engine="reference", patience=8, watch="metric"
    ),
    "linear": RunOptions(layers=(), epochs=30, init="zeros"),
}


def finished(path: Path) -> tuple[Checkpoint, list[EpochRecord]]:
    folder = RunFolder.read(path)
    return folder.checkpoint(), timeless(folder.history())


@pytest.mark.parametrize("case", CASES)
def test_interrupted_anywhere(tmp_path: Path, case: str):
    csv, settings = write_csv(tmp_path / "things.csv"), CASES[case]
    with TrainingRun.start(on(csv, settings), tmp_path / "whole") as training:
        assert training.train()
    rng = random.Random(case)
    TrainingRun.start(on(csv, settings), tmp_path / "parts").folder.close()
    lives, done = 0, False
    while not done:
        lives += 1
        left = iter(range(rng.randrange(0, 12)))
        with TrainingRun.resume(tmp_path / "parts") as training:
            training.session.loop.chunk_seconds = 0.0  # a batch a chunk: stops are everywhere
            done = training.train(Callbacks(stop=lambda left=left: next(left, None) is None))
    assert lives > 3
    expected, history = finished(tmp_path / "whole")
    state, records = finished(tmp_path / "parts")
    assert_same(state, expected)
    assert records == history
    assert [record.epoch for record in records] == list(range(1, settings.epochs + 1))


def test_epochs_added_one_by_one(tmp_path: Path):
    csv = write_csv(tmp_path / "things.csv")
    with TrainingRun.start(on(csv, EVERYTHING), tmp_path / "whole") as training:
        training.train()
    first = dataclasses.replace(EVERYTHING, epochs=1)
    TrainingRun.start(on(csv, first), tmp_path / "parts").folder.close()
    for epochs in range(1, EVERYTHING.epochs + 1):
        with TrainingRun.resume(tmp_path / "parts", epochs) as training:
            assert training.train()
    expected, history = finished(tmp_path / "whole")
    state, records = finished(tmp_path / "parts")
    assert_same(state, expected)
    assert records == history
    configs = [RunFolder.read(tmp_path / run).config for run in ("whole", "parts")]
    assert configs[0] == configs[1]


def test_two_runs_alike_and_another_seed(tmp_path: Path):
    csv, states = write_csv(tmp_path / "things.csv"), []
    for run, seed in (("a", 3), ("b", 3), ("c", 4)):
        settings = dataclasses.replace(EVERYTHING, seed=seed)
        with TrainingRun.start(on(csv, settings), tmp_path / run) as training:
            training.train()
            states.append(training.session.stepper.parameters.tobytes())
    assert states[0] == states[1] != states[2]
