"""Sources of data: what is trained on does not depend on where the rows come from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from chainrule import nn
from chainrule.errors import ChainruleError, DataError, ShapeError
from chainrule.ops.losses import cross_entropy
from chainrule.train.data.array_source import ArraySource
from chainrule.train.data.batches import Batches, epoch_order
from chainrule.train.data.source import BatchGroup
from chainrule.train.loop.callbacks import Callbacks
from chainrule.train.loop.training_loop import TrainingLoop
from chainrule.train.optimizers import SGD
from chainrule.train.schedules import LearningRate
from chainrule.train.steps.stepper import make_stepper
from chainrule.train.storage.checkpoint import Checkpoint
from train.run_cases import assert_same, timeless

ROWS, SIZE, EPOCHS = 22, 8, 3
RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(ROWS, 4)), np.arange(ROWS) % 3


class Streamed:
    """Batches read one by one from a file, in the order that arrays in memory would have."""

    per_epoch = 3

    def __init__(self, path) -> None:
        self.file = np.load(path, mmap_mode="r")

    def order(self, epoch: int):
        return epoch_order(ROWS, 7, epoch)

    def batches(self, epoch: int, start: int) -> Iterator[BatchGroup]:
        order = self.order(epoch)
        for first in range(start * SIZE, ROWS, SIZE):
            rows = self.file[order[first : first + SIZE]]
            arrays = {"x": rows[:, :4].copy(), "y": rows[:, 4].astype(np.int64)}
            yield BatchGroup(arrays, np.arange(len(rows))[None])

    def state(self):
        return {}

    def load_state(self, state):
        assert state == {}


class Drawn(Streamed):
    """In an order that depends on all draws before it."""

    def __init__(self, path) -> None:
        super().__init__(path)
        self.generator = np.random.default_rng(5)

    def order(self, epoch: int):
        return self.generator.permutation(ROWS)

    def state(self):
        return self.generator.bit_generator.state

    def load_state(self, state):
        self.generator.bit_generator.state = state


@pytest.fixture
def path(tmp_path):
    np.save(tmp_path / "rows.npy", np.column_stack([X, LABELS]))
    return tmp_path / "rows.npy"


def loop(source, engine: str, seconds=TrainingLoop.chunk_seconds) -> TrainingLoop:
    model = nn.mlp(4, (6,), 3, batch_norm=True, dropout=0.3, seed=2)
    stepper = make_stepper(model, cross_entropy, SGD(0.1, 0.9), X, LABELS, engine=engine)
    found = TrainingLoop(stepper, source, LearningRate(0.1))
    found.chunk_seconds = seconds
    return found


def trained(source, engine: str):
    history = []
    training = loop(source, engine)
    assert training.run(EPOCHS, Callbacks(on_epoch=history.append))
    return training.checkpoint(), timeless(history)


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_a_stream_trains_like_arrays_bit_for_bit(path, engine: str):
    expected, records = trained(ArraySource(X, LABELS, Batches(ROWS, SIZE, 7)), engine)
    found, history = trained(Streamed(path), engine)
    assert_same(found, expected)
    assert history == records


@pytest.mark.parametrize("engine", ["reference", "compiled"])
@pytest.mark.parametrize("kind", [Streamed, Drawn])
@pytest.mark.parametrize("steps", [1, 3, 5])
def test_a_stream_is_resumed_in_the_middle(path, engine: str, kind, steps: int):
    """By another process from a file, and by the same one."""
    expected, _ = trained(kind(path), engine)
    assert bool(expected.extra.get("source")) == (kind is Drawn)
    first = loop(kind(path), engine, seconds=0.0)
    assert not first.run(EPOCHS, Callbacks(stop=lambda: first.stepper.step == steps))
    second = loop(kind(path), engine, seconds=0.0)
    second.restore(Checkpoint.from_bytes(first.checkpoint().to_bytes()))
    for resumed in (first, second):
        assert resumed.run(EPOCHS)
        assert_same(resumed.checkpoint(), expected)


@pytest.mark.parametrize(("per_epoch", "got"), [(2, "more"), (4, "3")])
def test_a_source_that_counts_wrongly(path, per_epoch: int, got: str):
    source = Streamed(path)
    source.per_epoch = per_epoch
    with pytest.raises(DataError, match=f"expected {per_epoch} batches in epoch 1, got {got}"):
        loop(source, "reference").run(EPOCHS)


class Other(Streamed):
    """Rows that change while they are read."""

    def batches(self, epoch, start):
        for group in super().batches(epoch, start):
            yield BatchGroup({**group.arrays, "x": group.arrays["x"][:, :3]}, group.rows)


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_rows_that_do_not_fit(path, engine: str):
    training = loop(Other(path), engine)
    before = training.stepper.parameters
    with pytest.raises(ShapeError, match="training data x: expected rows"):
        training.run(1)
    assert training.consistent
    np.testing.assert_array_equal(training.stepper.parameters, before)


def test_labels_beyond_the_classes_are_refused():
    """The compiled engine would read beyond the outputs."""
    model = nn.mlp(4, (), 3, seed=2)
    stepper = make_stepper(model, cross_entropy, SGD(0.1), X, LABELS, engine="compiled")
    with pytest.raises(ChainruleError, match="label"):
        stepper.run(np.arange(4)[None], 0.1, {"x": X, "y": LABELS + 1})
    assert np.isfinite(stepper.run(np.arange(4)[None], 0.1)).all()
