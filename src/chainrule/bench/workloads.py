"""The networks that are timed; their data, initial weights and batch order have fixed seeds."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.errors import UnknownNameError
from chainrule.graph import Array

__all__ = ["ADAM", "WORKLOADS", "Dense", "Workload", "select_workloads"]


ADAM = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
"""The optimizer of all workloads; ε is added outside the root, after the bias correction."""

MOMENTUM, EPS = 0.1, 1e-5
"""Settings of batch normalisation."""


@final
@dataclass(frozen=True)
class Dense:
    """A layer's initial parameters: weight (H, D), and bias (H,) or BatchNorm's scale and shift."""

    weight: Array
    bias: Array | None
    scale: Array | None = None
    shift: Array | None = None

    def arrays(self) -> list[Array]:
        """The arrays that are not None, in the order in which every library's layers have them."""
        every = (self.weight, self.bias, self.scale, self.shift)
        return [array for array in every if array is not None]


@final
@dataclass(frozen=True)
class Workload:
    """A multi-layer perceptron (ReLU, softmax cross-entropy, Adam, float32) and how it is run.

    sizes       widths from inputs to classes
    batch       rows of a training batch
    rows        rows of the data set; an epoch has `rows / batch` steps
    batch_norm  whether BatchNorm comes before each ReLU; those linear layers then have no bias
    samples     None to time training steps, otherwise the number of rows to predict at once
    must, aim   how many times faster than the best other library it must be, and should be
    aim_share   the share of the roof that should be reached
    tolerance   relative difference of losses that rounding alone may cause in 50 steps
    """

    name: str
    sizes: tuple[int, ...]
    batch: int
    rows: int = 8192
    batch_norm: bool = False
    samples: int | None = None
    must: float | None = None
    aim: float | None = None
    aim_share: float | None = None
    learning_rate: float = 1e-3
    tolerance: float = 1e-3

    @property
    def steps(self) -> int:
        """Training steps in an epoch."""
        return self.rows // self.batch

    @property
    def parameters(self) -> int:
        """Number of trained numbers."""
        return sum(array.size for layer in self.layers() for array in layer.arrays())

    def data(self) -> tuple[Array, Array]:
        """Inputs (rows, D), float32, and labels (rows,), int64, from a linear teacher with noise.

        The noise keeps the loss well above 0, where numbers would become subnormal.
        """
        rng = np.random.default_rng(1)
        x = rng.standard_normal((self.rows, self.sizes[0]), np.float32)
        teacher = rng.standard_normal((self.sizes[0], self.sizes[-1]), np.float32)
        noise = rng.gumbel(size=(self.rows, self.sizes[-1]))
        y = (x @ teacher / math.sqrt(self.sizes[0]) + noise).argmax(axis=1)
        return x, y.astype(np.int64)

    def layers(self) -> list[Dense]:
        """Initial parameters, float32: He weights, and the others close to their usual values."""
        rng = np.random.default_rng(2)

        def draw(centre: float, spread: float, *shape: int) -> Array:
            return (centre + spread * rng.standard_normal(shape)).astype(np.float32)

        found: list[Dense] = []
        widths = list(zip(self.sizes, self.sizes[1:], strict=False))
        for i, (d, h) in enumerate(widths):
            weight = draw(0.0, math.sqrt(2 / d), h, d)
            if self.batch_norm and i < len(widths) - 1:
                found.append(Dense(weight, None, draw(1.0, 0.01, h), draw(0.0, 0.01, h)))
            else:
                found.append(Dense(weight, draw(0.0, 0.01, h)))
        return found

    def order(self, epoch: int = 0) -> Array:
        """Row numbers of an epoch, one batch in each row: (steps, batch), int64."""
        shuffled = np.random.default_rng([3, epoch]).permutation(self.rows)
        return shuffled[: self.steps * self.batch].reshape(self.steps, self.batch)

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain data for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Workload:
        """The inverse of `to_dict`."""
        return cls(**{**entries, "sizes": tuple(entries["sizes"])})


WORKLOADS: dict[str, Workload] = {
    workload.name: workload
    for workload in (
        Workload("tiny", (2, 8, 2), 8, must=10, aim=25),
        Workload("small", (64, 32, 10), 32, must=3, aim=5),
        Workload("mnist", (784, 128, 10), 32, rows=16384, must=1.3, aim=2),
        Workload(
            "wide", (784, 512, 512, 10), 128, must=1.0, aim=1.3, aim_share=0.85, tolerance=1e-2
        ),
        # In twenty layers rounding decides for some neuron on which side of 0 it is, and Adam's
        # first steps are as long for a small gradient as for a large one.  A small learning rate
        # keeps the losses of different libraries close to each other.
        Workload(
            "deep", (64, *[64] * 20, 10), 64, must=1.5, aim=2.5, learning_rate=1e-4, tolerance=1e-2
        ),
        Workload("norm", (64, *[64] * 6, 10), 64, batch_norm=True, must=1.5, aim=3),
        Workload("infer-1", (784, 128, 10), 32, samples=1, must=2, aim=4),
        Workload("infer-1024", (784, 128, 10), 32, samples=1024, must=1.1, aim=1.4),
    )
}


def select_workloads(names: Iterable[str] = ()) -> list[Workload]:
    """The workloads with these names, or all of them; `infer` selects both `infer-…` workloads.

    >>> [workload.name for workload in select_workloads(["tiny", "infer"])]
    ['tiny', 'infer-1', 'infer-1024']
    """
    found: dict[str, Workload] = {}
    for name in names:
        named = [w for w in WORKLOADS.values() if name in (w.name, w.name.partition("-")[0])]
        if not named:
            raise UnknownNameError("workload", name, [*WORKLOADS, "infer"])
        found.update({workload.name: workload for workload in named})
    return list(found.values()) or list(WORKLOADS.values())
