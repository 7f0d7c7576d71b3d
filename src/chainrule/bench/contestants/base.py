"""What a contestant is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import import_module
from importlib.util import find_spec
from typing import Any, ClassVar

from chainrule.bench.workloads import Workload
from chainrule.graph import Array

__all__ = ["Array", "Contestant", "library"]


def library(name: str) -> Any:
    """A library that need not be there, which no type checker may ask for."""
    return import_module(name)


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

    @abstractmethod
    def batches(self, order: Array) -> Any:
        """Row numbers (steps, batch) in the form that `run` takes."""

    @abstractmethod
    def run(self, batches: Any) -> Any:
        """A training step for each batch, from gathering its rows to the update."""

    @abstractmethod
    def losses(self, found: Any) -> Array:
        """What `run` has returned as the loss of each step."""

    def inputs(self, x: Array) -> Any:
        """Rows in the form that `infer` takes."""
        raise NotImplementedError

    def infer(self, x: Any) -> Any:
        """The network's outputs, through the call that users make."""
        raise NotImplementedError

    def outputs(self, found: Any) -> Array:
        """What `infer` has returned as logits, or as logarithms of probabilities."""
        raise NotImplementedError
