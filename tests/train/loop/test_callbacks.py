"""Callbacks: when they are called, what they see, and what they may do."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import OptionError, UnknownNameError
from chainrule.train.data.arrays import from_arrays
from chainrule.train.loop.callbacks import Callback, Callbacks
from chainrule.train.loop.session import Session
from chainrule.train.optimizers import SGD
from chainrule.train.options import TrainingOptions
from chainrule.train.storage.checkpoint import Checkpoint
from train.run_cases import assert_same, timeless

RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(27, 4)), np.arange(27) % 3
PER_EPOCH = 3  # 22 rows for training: batches of 8, 8 and 6


def session(**options) -> Session:
    dataset = from_arrays(X, LABELS, validation_fraction=0.15)
    model = nn.mlp(4, (6,), 3, seed=2)
    options = {"optimizer": SGD(0.1, momentum=0.9), "batch_size": 8, "seed": 7, **options}
    return Session(model, dataset, TrainingOptions(**options))


class Recorder(Callback):
    """Every call, with what can be seen then."""

    def __init__(self, every: int = 0) -> None:
        self.every = every
        self.calls: list[tuple] = []

    def on_start(self, training):
        assert math.isnan(training.progress().loss) == (training.step == 0)
        self.calls.append(("start", training.step))

    def on_steps(self, training):
        self.calls.append(("steps", training.step))

    def on_epoch(self, training, record):
        assert training.last is record
        self.calls.append(("epoch", record.epoch))

    def on_end(self, training):
        self.calls.append(("end", training.step))


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize("seconds", [0.0, 1e9])
def test_when_they_are_called(seconds, engine):
    fifth, second = Recorder(5), Recorder(2)
    loop = session(engine=engine).loop
    loop.chunk_seconds = seconds
    assert loop.run(4, callbacks=[fifth, second])
    epochs = {3 * epoch: ("epoch", epoch) for epoch in range(1, 5)}
    for recorder in (fifth, second):
        expected: list[tuple] = [("start", 0)]
        for step in range(1, 13):
            expected += [("steps", step)] * (step % recorder.every == 0)
            expected += [epochs[step]] if step in epochs else []
        assert recorder.calls == [*expected, ("end", 12)]


class StopWhenReached(Callback):
    """The first user: stops when the validation metric is reached."""

    def __init__(self, metric: float) -> None:
        self.metric = metric

    def on_epoch(self, training, record):
        if record.validation_metric >= self.metric:
            training.stop()


class HalveTheRate(Callback):
    """The second user: halves the rate every few steps."""

    def __init__(self, every: int) -> None:
        self.every = every
        self.rates: list[float] = []

    def on_steps(self, training):
        self.rates.append(training.learning_rate)
        training.scale_rate(0.5)


def test_one_that_stops_when_a_metric_is_reached():
    free = []
    session().loop.run(60, Callbacks(on_epoch=free.append))
    goal = sorted({record.validation_metric for record in free})[1]
    first = next(r.epoch for r in free if r.validation_metric >= goal)
    assert 1 <= first < 60
    history, current = [], session().loop
    functions = Callbacks(on_epoch=history.append)
    assert not current.run(60, functions, [StopWhenReached(goal)])
    assert current.epoch == first
    assert timeless(history) == timeless(free[:first])
    # it may go on; a goal that is reached in the last epoch is no interruption
    assert current.run(first + 1)
    assert session().loop.run(first, callbacks=[StopWhenReached(goal)])


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_one_that_halves_the_rate(engine):
    current, halving = session(engine=engine), HalveTheRate(every=4)
    current.loop.run(4, callbacks=[halving])
    assert halving.rates == [0.1, 0.05, 0.025]
    # the same steps by hand
    other = session(engine=engine)
    rows = [
        batch
        for epoch in range(1, 5)
        for group in other.loop.source.batches(epoch, 0)
        for batch in group.rows
    ]
    other.stepper.run(rows, 0.1 * 0.5 ** (np.arange(12) // 4))
    np.testing.assert_array_equal(current.stepper.parameters, other.stepper.parameters)


def test_a_changed_rate_is_saved():
    class Once(Callback):
        def on_epoch(self, training, record):
            if record.epoch == 2:
                training.scale_rate(0.25)

    whole, first, second = (session().loop for _ in range(3))
    whole.run(5, callbacks=[Once()])
    first.run(3, callbacks=[Once()])
    second.restore(Checkpoint.from_bytes(first.checkpoint().to_bytes()))
    second.run(5)
    assert second.learning_rate == 0.025
    assert_same(second.checkpoint(), whole.checkpoint())
    assert "rate_factor" not in session().loop.checkpoint().extra


def test_what_they_see():
    class Check(Callback):
        every = 2

        def on_steps(self, training):
            theta = np.concatenate([w.ravel() for w in training.weights().values()])
            np.testing.assert_array_equal(theta, current.stepper.parameters)
            assert dict(training.gradient_norms) == current.stepper.gradient_norms()
            assert list(training.gradient_norms) == ["layers.0", "layers.2"]
            assert training.epoch == (training.step - 1) // PER_EPOCH
            for weight in training.weights().values():
                with pytest.raises(ValueError, match="read-only"):
                    weight[...] = np.nan  # a copy: this would change nothing
            for mapping in (training.weights(), training.buffers(), training.gradient_norms):
                with pytest.raises(TypeError):
                    mapping["layers.0"] = 0.0  # type: ignore[index]
            before = dict(training.gradient_norms)
            if training.last is not None:  # belongs to the history
                training.last.gradient_norms["layers.0"] = -1.0  # type: ignore[index]
            assert dict(training.gradient_norms) == before
            self.seen = training.step

    current, check = session(), Check()
    current.loop.run(4, callbacks=[check])
    assert check.seen == 12
    assert np.isfinite(current.stepper.parameters).all()


def sound(epochs: int, patience: int):
    """The last epoch, the best one and its weights, by early stopping of this package."""
    current, history = session(patience=patience), []
    current.loop.run(epochs, Callbacks(on_epoch=history.append))
    report = current.report(history)
    return report.epochs, report.best_epoch, current.stepper.parameters, current.loop.checkpoint()


class Patient(Callback):
    """Early stopping as a user would write it."""

    def __init__(self, patience: int) -> None:
        self.patience, self.least, self.epoch = patience, math.inf, 0
        self.shown = {}

    def on_start(self, training):
        if training.epoch - self.epoch >= self.patience:
            training.finish()

    def on_epoch(self, training, record):
        if record.validation_loss < self.least:
            self.least, self.epoch = record.validation_loss, record.epoch
            self.shown = {**training.weights(), **training.buffers()}
        if record.epoch - self.epoch >= self.patience:
            training.finish()

    def on_end(self, training):
        training.show(self.shown)

    def state(self):
        arrays = {name: array.tolist() for name, array in self.shown.items()}
        return {"patient": [self.least, self.epoch, arrays]}

    def load_state(self, state):
        self.least, self.epoch, arrays = state.get("patient", (math.inf, 0, {}))
        self.shown = {name: np.array(array) for name, array in arrays.items()}


@pytest.mark.parametrize("patience", [1, 2, 4])
@pytest.mark.parametrize("stops", [(), (1,), (2, 3)])
def test_early_stopping_of_ones_own(patience: int, stops):
    """The same as that of the package, also when other processes continue it."""
    last, best, weights, end = sound(40, patience)
    content = None
    for stop in (*stops, 40):
        current, own = session(), Patient(patience)
        if content is not None:
            current.loop.restore(Checkpoint.from_bytes(content))
        assert current.loop.run(stop, callbacks=[own])
        content = current.loop.checkpoint().to_bytes()
    assert (current.loop.epoch, own.epoch) == (last, best)
    assert (last < 40) == current.stopped
    np.testing.assert_array_equal(current.stepper.parameters, weights)
    found = Checkpoint.from_bytes(content)
    for name, array in end.parameters.items():  # training goes on from the last ones
        np.testing.assert_array_equal(found.parameters[name], array)
    again = session()
    again.loop.restore(found)
    assert again.loop.run(60, callbacks=[Patient(patience)])
    assert again.loop.epoch == (last if last < 40 else again.loop.epoch)


def test_parameters_that_are_shown_are_not_trained():
    class Peek(Callback):
        def on_epoch(self, training, record):
            training.show({name: np.zeros_like(w) for name, w in training.weights().items()})

    whole, peeked = session().loop, session().loop
    for loop, callbacks in ((whole, []), (peeked, [Peek()])):
        loop.run(3, callbacks=callbacks)
    assert not peeked.stepper.parameters.any()
    assert_same(peeked.checkpoint(), whole.checkpoint())
    with pytest.raises(UnknownNameError, match=r"show: expected one of .*, got 'weight'"):
        peeked.show({"weight": np.zeros(3)})


def test_two_parts_with_one_name_of_state():
    class Rows(Callback):
        def state(self):
            return {"rows": 3}

    loop = session().loop
    loop.run(1, callbacks=[Rows()])
    with pytest.raises(OptionError, match=r"state of Rows: expected names .*, got rows"):
        loop.checkpoint()


def test_a_callback_that_is_passed_again_keeps_its_state():
    class Count(Callback):
        epochs = 0

        def on_epoch(self, training, record):
            self.epochs += 1

        def state(self):
            return {"epochs_counted": self.epochs}

        def load_state(self, state):
            self.epochs = state.get("epochs_counted", 0)

    first, count = session().loop, Count()
    first.run(2, callbacks=[count])
    first.run(3, callbacks=[count])
    second, other = session().loop, Count()
    second.restore(Checkpoint.from_bytes(first.checkpoint().to_bytes()))
    second.run(4, callbacks=[other])
    second.run(5, callbacks=[other])
    assert (count.epochs, other.epochs) == (3, 5)


def test_the_loop_does_not_know_early_stopping_by_name():
    import chainrule.train.loop.training_loop as module

    text = Path(module.__file__).read_text()
    assert "early_stopping" not in text
    assert "patience" not in text


def test_watching_changes_no_bit():
    histories, ends = [], []
    for callbacks in ([], [Recorder(2), Recorder()]):
        current, history = session().loop, []
        current.run(6, Callbacks(on_epoch=history.append), callbacks)
        histories.append(timeless(history))
        ends.append(current.checkpoint())
    assert_same(*ends)
    assert histories[0] == histories[1]


def test_the_end_is_reported_after_an_error():
    class Failing(Recorder):
        def on_epoch(self, training, record):
            raise ZeroDivisionError

    failing, current = Failing(), session().loop
    with pytest.raises(ZeroDivisionError):
        current.run(3, callbacks=[failing])
    assert failing.calls[-1] == ("end", 3)
    assert current.consistent


@pytest.mark.parametrize("factor", [0, -1.0, math.inf, math.nan, True, "half"])
def test_rates_are_scaled_by_numbers_above_0(factor):
    with pytest.raises(OptionError, match="rate factor: expected a number above 0"):
        session().loop.scale_rate(factor)


def test_fit_takes_callbacks_and_hooks():
    from chainrule.train.steps.hooks import Hook

    norms, recorder = [], Recorder(3)
    hook = Hook(lambda gradients: norms.append(np.linalg.norm(gradients.vector)), every=2)
    cr.fit(
        nn.mlp(4, (), 3), (X, LABELS), batch_size=9, epochs=4,
        callbacks=[recorder], hooks=[hook],
    )  # fmt: skip
    assert [call for call in recorder.calls if call[0] == "steps"] == [
        ("steps", 3), ("steps", 6), ("steps", 9), ("steps", 12),
    ]  # fmt: skip
    assert len(norms) == 6
    assert all(norm > 0 for norm in norms)
