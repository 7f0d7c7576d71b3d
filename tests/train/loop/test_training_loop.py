"""The training loop computes the same wherever it is interrupted, whatever it reports."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from chainrule import nn
from chainrule.errors import TrainingError
from chainrule.train.data.arrays import from_arrays
from chainrule.train.loop.callbacks import Callbacks
from chainrule.train.loop.session import Session
from chainrule.train.optimizers import SGD, Adam
from chainrule.train.options import TrainingOptions
from chainrule.train.schedules import LearningRate, WarmUp
from chainrule.train.storage.checkpoint import Checkpoint
from train.run_cases import assert_same, timeless

RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(27, 4)), np.arange(27) % 3
EPOCHS, PER_EPOCH = 4, 3  # 22 rows for training: batches of 8, 8 and 6


def session(optimizer=None, dtype=np.float64, seconds=None, **options) -> Session:
    """A new session, with calls of the stepper that take so long; 0 means a batch each."""
    dataset = from_arrays(X, LABELS, validation_fraction=0.15, dtype=dtype)
    assert len(dataset.train) == 22
    model = nn.mlp(4, (6, 5), 3, batch_norm=True, dropout=0.3, seed=2, dtype=dtype)
    options = {"batch_size": 8, "clip_norm": 0.5, "seed": 7, **options}
    optimizer = optimizer or SGD(0.1, momentum=0.9)
    found = Session(model, dataset, TrainingOptions(optimizer=optimizer, **options))
    if seconds is not None:
        found.loop.chunk_seconds = seconds
    return found


def run_whole(epochs=EPOCHS, **options):
    """The final state and the history of a run that nothing interrupts."""
    history = []
    whole = session(**options).loop
    assert whole.run(epochs, Callbacks(on_epoch=history.append))
    return whole.checkpoint(), timeless(history)


def run_interrupted(allowances, epochs=EPOCHS, **options):
    """The same by processes that each run as many chunks as allowed, then hand on a file."""
    content, history = None, []
    for allowed in itertools.chain(allowances, itertools.repeat(10**9)):
        current = session(**options).loop
        if content is not None:
            current.restore(Checkpoint.from_bytes(content))
        left = iter(range(allowed))
        stop = Callbacks(on_epoch=history.append, stop=lambda left=left: next(left, None) is None)
        finished = current.run(epochs, stop)
        content = current.checkpoint().to_bytes()
        if finished:
            return Checkpoint.from_bytes(content), timeless(history)
    raise AssertionError


@pytest.mark.parametrize("batch", range(EPOCHS * PER_EPOCH + 1))
def test_interrupted_at_every_batch(batch):
    state, history = run_interrupted([batch], seconds=0.0)
    expected, records = run_whole()
    assert_same(state, expected)
    assert history == records


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("optimizer", [SGD(0.1, momentum=0.9), Adam()], ids=lambda o: o.name)
def test_interrupted_after_every_batch(optimizer, dtype):
    state, history = run_interrupted([1] * 20, seconds=0.0, optimizer=optimizer, dtype=dtype)
    expected, records = run_whole(optimizer=optimizer, dtype=dtype)
    assert_same(state, expected)
    assert history == records
    assert state.parameters["layers.0.weight"].dtype == dtype


@pytest.mark.parametrize("seconds", [0.0, 1e-4, 1e9])
def test_the_size_of_chunks_makes_no_difference(seconds):
    expected, records = run_whole()
    state, history = run_whole(seconds=seconds)
    assert_same(state, expected)
    assert history == records


@pytest.mark.parametrize("size", [1, "full", None])
def test_stochastic_and_full_batch(size):
    rng = random.Random(1)
    allowances = [rng.randrange(1, 9) for _ in range(30)]
    state, history = run_interrupted(allowances, 2, seconds=0.0, batch_size=size)
    expected, records = run_whole(2, batch_size=size)
    assert_same(state, expected)
    assert history == records
    assert state.step == 2 * (22 if size == 1 else 1)


@pytest.mark.parametrize("batch", [1, PER_EPOCH])
def test_a_callback_that_fails_loses_no_step(batch):
    """Even at the end of an epoch, when its record is yet to be made."""
    broken, history = session(seconds=0.0).loop, []

    def fail(progress):
        if (progress.epoch, progress.batch) == (2, batch):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        broken.run(EPOCHS, Callbacks(on_progress=fail, on_epoch=history.append))
    resumed = session(seconds=0.0).loop
    resumed.restore(Checkpoint.from_bytes(broken.checkpoint().to_bytes()))
    assert resumed.run(EPOCHS, Callbacks(on_epoch=history.append))
    expected, records = run_whole()
    assert_same(resumed.checkpoint(), expected)
    assert timeless(history) == records
    assert records[1].gradient_norms


def test_interrupted_in_validation():
    current, history = session().loop, []
    validate, calls = current.validate, iter([KeyboardInterrupt()])

    def interrupted():
        for error in calls:
            raise error
        return validate()

    current.validate = interrupted
    with pytest.raises(KeyboardInterrupt):
        current.run(EPOCHS)
    assert current.consistent
    assert current.run(EPOCHS, Callbacks(on_epoch=history.append))
    expected, records = run_whole()
    assert_same(current.checkpoint(), expected)
    assert timeless(history) == records


def test_steps_that_are_cut_off_leave_no_checkpoint(monkeypatch):
    """Some of the chunk's steps were made, and the loop cannot know which losses they had."""
    current = session().loop

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(current.stepper, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        current.run(EPOCHS)
    assert not current.consistent
    with pytest.raises(AssertionError):
        current.checkpoint()


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize("steps", [10**200, 10**250, 10**290])
def test_a_step_that_fails_leaves_those_before_it(steps, engine):
    """As if the run had been interrupted there, however many were made in one call."""
    failing, until = (session(SGD(0.1), clip_norm=None, engine=engine).loop for _ in range(2))
    rate = LearningRate(1e308, warm_up=WarmUp(steps))  # too high from some step on
    failing.course.rate = until.course.rate = rate
    failing._chunk = 1000
    with pytest.raises(TrainingError, match="lower the learning rate"):
        failing.run(EPOCHS)
    steps = failing.stepper.step
    assert 0 < steps < 3 * EPOCHS
    assert failing.consistent
    until._chunk = 1
    until.chunk_seconds = 0.0
    until.run(EPOCHS, Callbacks(stop=lambda: until.stepper.step == steps))
    until.sums.gradient_norms = (
        failing.sums.gradient_norms
    )  # known of the last step of a call only, which failed
    assert_same(failing.checkpoint(), until.checkpoint())
    assert all(np.isfinite(values).all() for values in failing.checkpoint().parameters.values())


def test_callbacks_receive_progress_and_records():
    seen, history = [], []
    current = session(seconds=0.0).loop
    assert current.run(2, Callbacks(on_progress=seen.append, on_epoch=history.append))
    assert [(p.epoch, p.batch) for p in seen] == [(e, b) for e in (1, 2) for b in (1, 2, 3)]
    assert {(p.epochs, p.batches) for p in seen} == {(2, 3)}
    assert all(p.samples_per_second > 0 for p in seen)
    assert [p.last for p in seen] == [None] * 3 + [history[0]] * 3
    assert [p.loss for p in seen if p.batch == 3] == [r.train_loss for r in history]
    assert [(r.epoch, r.step) for r in history] == [(1, 3), (2, 6)]
    assert list(history[0].gradient_norms) == [f"layers.{i}" for i in (0, 1, 4, 5, 8)]
    assert all(r.validation_loss and 0 <= r.validation_metric <= 1 for r in history)
    assert current.sums.samples == 44


def test_no_epochs_to_run_or_stopped_at_once():
    current = session().loop
    assert current.run(0)
    assert not current.run(1, Callbacks(stop=lambda: True))
    assert current.checkpoint().step == 0
    assert current.run(1)
    before = current.checkpoint()
    assert current.run(1)
    assert_same(current.checkpoint(), before)
