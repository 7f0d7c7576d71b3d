"""Workspaces: arenas that hold a model's parameters, and the programs bound to them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar, final

import numpy as np

from chainrule.engine.inference.bound_program import BoundProgram
from chainrule.engine.inference.prediction_plan import PredictionPlan, Shape
from chainrule.engine.interpreter.arena import Arena
from chainrule.nn import Layer
from chainrule.nn.slot import Slot
from chainrule.ops import Tensor
from chainrule.program.memory import aligned

__all__ = ["Workspace", "remember"]

MAX_SHAPES = 64
"""The number of input shapes whose programs are cached; the oldest one is dropped first."""

T = TypeVar("T")


@final
class Workspace:
    """An arena that begins with the model's parameters and buffers, and the programs bound to it.

    filled    the state of all slots when the parameters and buffers were copied
    current   the program whose constants are in the arena
    """

    def __init__(self, model: Layer) -> None:
        self._model = model
        tensors = [*model.parameters().values(), *model.buffers().values()]
        self._dtype = np.dtype(model.dtype)
        self.start = aligned(sum(tensor.size for tensor in tensors) * self._dtype.itemsize)
        self._arena = Arena(self.start, self._dtype, spare=0)
        self._copied: list[Tensor] = []
        self.bound: dict[Shape, BoundProgram] = {}
        self.current: BoundProgram | None = None
        self.filled: object = None

    def fill(self, transposed: Collection[str]) -> None:
        """Copy the model's current parameters and buffers, some of them column-major."""
        state = Slot.filled  # read first, so that slots filled meanwhile are noticed next time
        named = {**self._model.parameters(), **self._model.buffers()}
        tensors = list(named.values())
        before = self._copied or [None] * len(tensors)
        if any(a is not b for a, b in zip(tensors, before, strict=True)):
            at = 0
            for name, tensor in named.items():
                value = tensor.value.T if name in transposed else tensor.value
                self._arena.floats[at : at + tensor.size] = value.reshape(-1)
                at += tensor.size
        self._copied, self.filled = tensors, state

    def bind(self, shape: Shape, planned: PredictionPlan) -> BoundProgram:
        """Bind a program to this arena, which is replaced by a larger one if necessary."""
        if planned.runner.code.size > len(self._arena):
            grown = Arena(planned.runner.code.size, self._dtype, spare=0)
            grown.bytes[: self.start] = self._arena.bytes[: self.start]
            self._arena = grown
            self.bound.clear()
        program = BoundProgram(planned, self._arena)
        remember(self.bound, shape, program)
        return program


def remember(cache: dict[Shape, T], shape: Shape, value: T) -> None:
    """Add a value to a cache of at most `MAX_SHAPES`, and drop the oldest ones."""
    for oldest in list(cache)[: max(0, len(cache) - MAX_SHAPES + 1)]:
        cache.pop(oldest, None)  # another thread may have removed it
    cache[shape] = value
