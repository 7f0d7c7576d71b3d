"""The interface of a contestant: one library that trains and predicts the workloads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import import_module
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np

from chainrule.bench.contestants.setting import Setting, thread_counts
from chainrule.bench.networks import Perceptron
from chainrule.bench.workloads import Workload
from chainrule.graph import Array

__all__ = ["Array", "Contestant", "library", "no_perceptron", "only_small", "sizes_of"]


def library(name: str) -> Any:
    """Import a library that may be missing, without the type checker looking for it."""
    return import_module(name)


def sizes_of(workload: Workload) -> tuple[int, ...]:
    """The widths of a perceptron, for libraries that decline any other network."""
    assert isinstance(workload.network, Perceptron)
    return workload.network.sizes


def no_perceptron(workload: Workload) -> str:
    """The reason why libraries that have only linear layers decline a workload, or ""."""
    return "" if isinstance(workload.network, Perceptron) else "only multi-layer perceptrons"


def only_small(workload: Workload) -> str:
    """The reason why libraries that compute number by number decline a workload, or ""."""
    network, small = workload.network, workload.parameters <= 1000 and workload.samples is None
    plain = isinstance(network, Perceptron) and not network.batch_norm
    return "" if small and plain else "only small networks"


class Contestant(ABC):
    """One library's way to train a workload, written as its users write it when they want speed.

    The constructor puts the data into the library's own form; `reset` builds the network.  Two
    methods are timed: `run`, on batches that `batches` has prepared, and `infer`, on inputs that
    `inputs` has prepared.  Both return when the work is done.
    """

    name: ClassVar[str]
    libraries: ClassVar[tuple[str, ...]] = ()

    def __init__(self, workload: Workload, threads: int) -> None:
        self.workload, self.threads = workload, threads
        self.parameters = workload.network.parameters()

    @classmethod
    def missing(cls) -> str:
        """The first of its libraries that is not installed, or ""."""
        return next((name for name in cls.libraries if find_spec(name) is None), "")

    @classmethod
    def declines(cls, workload: Workload) -> str:
        """The reason why it takes no part in a workload, or "" if it takes part."""
        return ""

    @classmethod
    def settings(cls, threads: int) -> list[Setting]:
        """The settings with at most `threads` threads, of which the fastest counts."""
        return [Setting(count) for count in thread_counts(threads)]

    @abstractmethod
    def reset(self) -> None:
        """Go back to the initial weights and a new optimizer state."""

    def batches(self, order: Array) -> Any:
        """Convert row numbers (steps, batch) to the form that `run` takes."""
        return list(order)

    @abstractmethod
    def run(self, batches: Any) -> Any:
        """Run a training step for each batch, from gathering its rows to the update."""

    def losses(self, found: Any) -> Array:
        """Convert what `run` returned to the loss of each step."""
        return np.array(found, np.float64)

    def inputs(self, x: Array) -> Any:
        """Convert rows to the form that `infer` takes."""
        raise NotImplementedError

    def infer(self, x: Any) -> Any:
        """Compute the network's outputs with the call that users write."""
        raise NotImplementedError

    def outputs(self, found: Any) -> Array:
        """Convert what `infer` returned to logits or logarithms of probabilities."""
        raise NotImplementedError
