"""Early stopping: when training ends, and that the best epoch's parameters are kept."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import OptionError, UnknownNameError
from chainrule.train.data.arrays import from_arrays
from chainrule.train.loop.callbacks import Callbacks
from chainrule.train.loop.session import Session
from chainrule.train.optimizers import SGD
from chainrule.train.options import RunOptions, TrainingOptions
from chainrule.train.runs.predictor import Predictor
from chainrule.train.runs.training_run import TrainingRun
from train.run_cases import EVERYTHING, assert_same, on, timeless, write_csv

RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(40, 4)), RNG.integers(0, 2, 40)  # nothing to be learnt but noise


def session(patience: int | None, watch="loss", seed: int = 2) -> Session:
    dataset = from_arrays(X, LABELS, validation_fraction=0.3)
    model = nn.mlp(4, (8,), 2, batch_norm=True, seed=seed)
    options = TrainingOptions(optimizer=SGD(0.1), batch_size=8, patience=patience, watch=watch)
    return Session(model, dataset, options)


def by_hand(values: list[float], patience: int) -> tuple[int, int]:
    """The last epoch and the best one, for values that should be small."""
    best, least = 0, float("inf")
    for epoch, value in enumerate(values, 1):
        if value < least:
            best, least = epoch, value
        if epoch - best == patience:
            return epoch, best
    return len(values), best


@pytest.mark.parametrize("watch", ["loss", "metric"])
@pytest.mark.parametrize("patience", [1, 2, 5, 100])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_training_stops_and_keeps_the_best_epoch(patience: int, watch, seed: int):
    history, states = [], []
    free = session(None, seed=seed)

    def keep(record):
        history.append(record)
        state = free.stepper.state()
        states.append({**state.parameters, **state.buffers})

    free.loop.run(30, Callbacks(on_epoch=keep))
    values = [r.validation_loss if watch == "loss" else -r.validation_metric for r in history]
    last, best = by_hand(values, patience)

    records = []
    current = session(patience, watch, seed)
    assert current.loop.run(30, Callbacks(on_epoch=records.append))
    assert timeless(records) == timeless(history[:last])
    assert current.stopped == (last < 30 or 30 - best >= patience)
    report = current.report(records)
    assert (report.epochs, report.best_epoch) == (last, best)
    assert report.stopped_early == current.stopped
    assert report.validation.loss == history[best - 1].validation_loss
    current.stepper.store()
    for name, tensor in (current.model.parameters() | current.model.buffers()).items():
        np.testing.assert_array_equal(tensor.value, states[best - 1][name])


def test_showing_the_best_does_not_change_later_training():
    whole, parts = (session(25) for _ in range(2))
    whole.loop.run(12)
    for epochs in (3, 7, 12):
        parts.loop.run(epochs)
        parts.show_best()
        parts.show_best()
    assert_same(parts.loop.checkpoint(), whole.loop.checkpoint())


def test_fit_keeps_the_best():
    model, seen = nn.mlp(4, (8,), 2, seed=2), []
    fitted = cr.fit(
        model,
        (X, LABELS),
        validation_fraction=0.3,
        patience=3,
        epochs=100,
        learning_rate=0.05,
        on_epoch=seen.append,
    )
    assert len(seen) == fitted.report.epochs < 100
    assert fitted.report.stopped_early
    assert fitted.report.best_epoch == len(seen) - 3
    assert fitted.report.validation.loss == min(r.validation_loss for r in seen)
    assert fitted.report.to_dict()["best_epoch"] == fitted.report.best_epoch


def test_a_run_predicts_with_the_best_epoch_and_resumes_from_the_last(tmp_path: Path):
    csv = write_csv(tmp_path / "things.csv")
    settings = dataclasses.replace(EVERYTHING, patience=30, epochs=25)
    with TrainingRun.start(on(csv, settings), tmp_path / "whole") as whole:
        whole.train()
    with TrainingRun.start(on(csv, settings), tmp_path / "run") as training:
        training.train(Callbacks(stop=lambda: training.session.loop.epoch == 20))
    with TrainingRun.resume(tmp_path / "run") as training:
        training.train()
        losses = [record.validation_loss for record in training.history]
        report = training.report()
        assert report.best_epoch == 1 + int(np.argmin(losses))
        assert report.validation.loss == min(losses)
        x = training.dataset.test.x
        outputs = Predictor(tmp_path / "run").outputs(x)
        np.testing.assert_allclose(outputs, training.session.stepper.predict(x), rtol=1e-5)
        assert_same(training.session.loop.checkpoint(), whole.session.loop.checkpoint())
    assert report.best_epoch < 25


def test_a_run_that_has_stopped_stays_stopped(tmp_path: Path):
    csv = write_csv(tmp_path / "things.csv")
    settings = dataclasses.replace(EVERYTHING, patience=1, epochs=200)
    with TrainingRun.start(on(csv, settings), tmp_path / "run") as training:
        assert training.train()
        state = training.session.loop.checkpoint()
    assert state.epoch < 200
    with TrainingRun.resume(tmp_path / "run", 300) as training:
        assert training.train()
        assert training.report().stopped_early
        assert_same(training.session.loop.checkpoint(), state)


@pytest.mark.parametrize("patience", [-1, 1.5, True, "3"])
def test_patience_refused(patience):
    with pytest.raises(OptionError, match="patience: expected a whole number"):
        RunOptions(patience=patience)
    with pytest.raises(OptionError, match="patience: expected a whole number"):
        TrainingOptions(patience=0)


def test_invalid_options():
    with pytest.raises(UnknownNameError, match="watch: expected one of loss, metric"):
        RunOptions(watch="accuracy")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="patience: expected validation rows"):
        cr.fit(nn.mlp(4, (), 2), (X, LABELS), patience=3)
    with pytest.raises(OptionError, match="patience: expected validation rows"):
        TrainingRun.start(RunOptions("iris", validation_fraction=0.0, patience=3))
