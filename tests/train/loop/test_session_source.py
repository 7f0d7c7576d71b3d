"""A session with a source of its own is trained on what that makes of the training part."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chainrule.nn import Linear
from chainrule.train.data.arrays import from_arrays
from chainrule.train.data.batches import Batches, epoch_order
from chainrule.train.data.dataset import Part
from chainrule.train.data.source import BatchGroup
from chainrule.train.loop.session import Session
from chainrule.train.options import TrainingOptions

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(14, 2)), RNG.normal(size=(14, 1))


class Doubled:
    """The rows of an epoch, all numbers times the epoch's."""

    def __init__(self, part: Part, sizes: Batches) -> None:
        self.part, self.sizes, self.per_epoch = part, sizes, sizes.per_epoch

    def batches(self, epoch: int, start: int) -> Iterator[BatchGroup]:
        arrays = {"x": epoch * self.part.x, "y": self.part.y}
        order = epoch_order(self.sizes.rows, self.sizes.seed, epoch)
        while start < self.per_epoch:
            rows = self.sizes.chunk(order, start, self.per_epoch)
            yield BatchGroup(arrays, rows)
            start += len(rows)

    def state(self):
        return {}


def test_the_steps_are_those_of_the_source_by_hand():
    data = from_arrays(X, Y, name="rows", task="regression")
    options = TrainingOptions(
        optimizer="sgd", learning_rate=0.1, batch_size=4, test_fraction=0, validation_fraction=0
    )
    model = Linear(2, 1, seed=1)
    w, b = (value.value.copy() for value in model.parameters().values())
    session = Session(model, data, options, source=Doubled)
    session.loop.run(2)
    for epoch in (1, 2):
        order = epoch_order(len(data.train), 0, epoch)
        for start in range(0, len(order), 4):
            rows = order[start : start + 4]
            x, y = epoch * data.train.x[rows], data.train.y[rows]
            error = 2 * (x @ w.T + b - y) / len(rows)
            w, b = w - 0.1 * error.T @ x, b - 0.1 * error.sum(axis=0)
    found = session.stepper.state().parameters
    np.testing.assert_allclose(found["weight"], w, rtol=1e-9)
    np.testing.assert_allclose(found["bias"], b, rtol=1e-9)
