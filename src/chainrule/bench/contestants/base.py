"""What a contestant is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import import_module
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np

from chainrule.bench.workloads import Workload
from chainrule.graph import Array

__all__ = ["Array", "Contestant", "library", "only_small"]


def library(name: str) -> Any:
    """A library that need not be there, which no type checker may ask for."""
    return import_module(name)


def only_small(workload: Workload) -> str:
    """Why those that compute number by number take no part in most workloads."""
    small = workload.parameters <= 1000 and workload.samples is None
    return "" if small and not workload.batch_norm else "only small networks"


class Contestant(ABC):
    """One library's way to train a workload, as its users write it when they want speed.

    Made with the data in the library's own form and the initial weights; `reset` makes the network.
    What is timed is `run` on batches that `batches` has prepared, and `infer` on inputs that
    `inputs` has prepared; both return when the work is done.
    """

    name: ClassVar[str]
    libraries: ClassVar[tuple[str, ...]] = ()

    def __init__(self, workload: Workload, threads: int) -> None:
        self.workload, self.threads = workload, threads
        self.layers = workload.layers()

    @classmethod
    def missing(cls) -> str:
        """The first of its libraries that is not installed, or ""."""
        return next((name for name in cls.libraries if find_spec(name) is None), "")

    @classmethod
    def declines(cls, workload: Workload) -> str:
        """Why it takes no part in a workload; "" where it does."""
        return ""

    @abstractmethod
    def reset(self) -> None:
        """Initial weights, and an optimizer that has seen nothing."""

    def batches(self, order: Array) -> Any:
        """Row numbers (steps, batch) in the form that `run` takes."""
        return list(order)

    @abstractmethod
    def run(self, batches: Any) -> Any:
        """A training step for each batch, from gathering its rows to the update."""

    def losses(self, found: Any) -> Array:
        """What `run` has returned as the loss of each step."""
        return np.array(found, np.float64)

    def inputs(self, x: Array) -> Any:
        """Rows in the form that `infer` takes."""
        raise NotImplementedError

    def infer(self, x: Any) -> Any:
        """The network's outputs, through the call that users make."""
        raise NotImplementedError

    def outputs(self, found: Any) -> Array:
        """What `infer` has returned as logits, or as logarithms of probabilities."""
        raise NotImplementedError
