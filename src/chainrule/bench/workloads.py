"""The workloads that are timed; their data, initial parameters and batch order have fixed seeds."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.bench.networks import (
    NETWORKS,
    CharacterLSTM,
    ConvolutionalNetwork,
    Network,
    Perceptron,
    SeriesGRU,
    Transformer,
)
from chainrule.errors import UnknownNameError
from chainrule.graph import Array

__all__ = ["ADAM", "WORKLOADS", "Workload", "select_workloads"]


ADAM = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
"""The optimizer of all workloads; ε is added outside the root, after the bias correction."""


@final
@dataclass(frozen=True)
class Workload:
    """A network (Adam, float32) and how it is run.

    batch       rows of a training batch
    rows        rows of the data set; an epoch has `rows / batch` steps
    samples     None to time training steps, otherwise the number of rows to predict at once
    must, aim   how many times faster than the best other library it must be, and should be
    aim_share   the share of the roof that should be reached
    tolerance   relative difference of losses that rounding alone may cause in 50 steps
    """

    name: str
    network: Network
    batch: int
    rows: int = 8192
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
        return sum(array.size for array in self.network.parameters().values())

    @property
    def description(self) -> str:
        """The sizes of the network, and how many rows it is given at once."""
        rows = f"batch {self.batch}"
        if self.samples is not None:
            rows = f"prediction of {self.samples}"
        return f"{self.network.description}, {rows}"

    def data(self) -> tuple[Array, Array]:
        """Inputs and targets, a row of both for each of `rows`."""
        return self.network.data(self.rows)

    def order(self, epoch: int = 0) -> Array:
        """Row numbers of an epoch, one batch in each row: (steps, batch), int64."""
        shuffled = np.random.default_rng([3, epoch]).permutation(self.rows)
        return shuffled[: self.steps * self.batch].reshape(self.steps, self.batch)

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain data for JSON, and under `form` what inputs and targets look like."""
        network = {"network": self.network.to_dict(), "form": self.network.form()}
        return {**dataclasses.asdict(self), **network}

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Workload:
        """The inverse of `to_dict`, also after JSON has made lists of tuples."""
        given: Mapping[str, Any] = entries["network"]
        sizes = {
            name: tuple(size) if isinstance(size, list) else size
            for name, size in given.items()
            if name != "kind"
        }
        fields = {field.name: entries[field.name] for field in dataclasses.fields(cls)}
        return cls(**{**fields, "network": NETWORKS[given["kind"]](**sizes)})


_MNIST = Perceptron((784, 128, 10))

WORKLOADS: dict[str, Workload] = {
    workload.name: workload
    for workload in (
        Workload("tiny", Perceptron((2, 8, 2)), 8, must=10, aim=25),
        Workload("small", Perceptron((64, 32, 10)), 32, must=3, aim=5),
        Workload("mnist", _MNIST, 32, rows=16384, must=1.3, aim=2),
        Workload(
            "wide",
            Perceptron((784, 512, 512, 10)),
            batch=128,
            must=1.0,
            aim=1.3,
            aim_share=0.85,
            tolerance=1e-2,
        ),
        # In twenty layers rounding decides for some neuron on which side of 0 it is, and Adam's
        # first steps are as long for a small gradient as for a large one.  A small learning rate
        # keeps the losses of different libraries close to each other.
        Workload(
            "deep",
            Perceptron((64, *[64] * 20, 10)),
            batch=64,
            must=1.5,
            aim=2.5,
            learning_rate=1e-4,
            tolerance=1e-2,
        ),
        Workload("norm", Perceptron((64, *[64] * 6, 10), batch_norm=True), 64, must=1.5, aim=3),
        Workload("lstm", CharacterLSTM(64, 32, 50, 128), 32, 2048, must=1.3, aim_share=0.85),
        Workload("gru", SeriesGRU(8, 64, 100), 32, 2048, must=3, aim=5),
        Workload("conv", ConvolutionalNetwork(28, (8, 16), 10), 64, 4096, must=2, aim=4),
        Workload("attn", Transformer(64, 64, 64, 4, 256), 16, 1024, must=1.5, aim=3),
        Workload("infer-1", _MNIST, 32, samples=1, must=2, aim=4),
        Workload("infer-1024", _MNIST, 32, samples=1024, must=1.1, aim=1.4),
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
