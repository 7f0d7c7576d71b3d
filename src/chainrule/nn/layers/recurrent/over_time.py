"""One layer of a recurrent network in one direction: its cell in a loop over time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

import numpy as np

from chainrule import ops
from chainrule.autodiff import scan
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant

__all__ = ["Cell", "State", "Weights", "over_time"]

State = tuple[Tensor, ...]
"""What a cell carries from step to step; the first of it is its output."""


class Weights(NamedTuple):
    """The parameters of one layer in one direction.

    input        W (G·H, D), for G gates, whose rows lie one below the other
    hidden       U (G·H, H), by which the state before is multiplied
    input_bias   b (G·H,), or None
    hidden_bias  b′ (G·H,), or None
    projection   (P, H), by which the output is multiplied; the state then has P in place of H
    """

    input: Tensor
    hidden: Tensor
    input_bias: Tensor | None = None
    hidden_bias: Tensor | None = None
    projection: Tensor | None = None

    def projected(self, x: Tensor, *, both_biases: bool) -> Tensor:
        """W·x + b, or W·x + b + b′."""
        z = x @ self.input.T
        if self.input_bias is None:
            return z
        if both_biases and self.hidden_bias is not None:
            return z + (self.input_bias + self.hidden_bias)
        return z + self.input_bias

    def split(self, z: Tensor, gates: int) -> list[Tensor]:
        """The entries (…, H) of each gate in z (…, G·H)."""
        width = z.shape[-1] // gates
        return [z[..., k * width : (k + 1) * width] for k in range(gates)]

    def shown(self, h: Tensor) -> Tensor:
        """The output of a cell, projected if there is a projection."""
        return h if self.projection is None else h @ self.projection.T


class Cell(ABC):
    """Base of the cells: one step in time, and what of it needs no state.

    gates   number of gates
    states  number of arrays that are carried
    """

    gates: ClassVar[int]
    states: ClassVar[int]

    @abstractmethod
    def before(self, x: Tensor, weights: Weights) -> Tensor:
        """What of the inputs (…, D) needs no state, for all steps at once: (…, G·H)."""

    @abstractmethod
    def step(self, z: Tensor, state: State, weights: Weights) -> State:
        """The state after a step, from what `before` gave for it."""


def over_time(
    cell: Cell,
    x: Tensor,
    weights: Weights,
    *,
    start: State | None = None,
    mask: Tensor | None = None,
    reverse: bool = False,
) -> tuple[Tensor, State]:
    """Apply a cell along the second to last axis of x (…, T, D): all outputs and the last state.

    The products with the inputs are computed for all steps before the loop.  The state `start` is 0
    if there is none.  Where the `mask` (…, T) is False, a step leaves the state as it is and gives
    0.  `reverse` begins at the last step.
    """
    z = cell.before(_time_first(x), weights)
    if start is None:
        zeros = np.zeros((*z.shape[1:-1], weights.hidden.shape[1]), z.dtype)
        start = tuple(constant(zeros) for _ in range(cell.states))
    if mask is None:

        def step(state: State, z: Tensor) -> tuple[State, Tensor]:
            after = cell.step(z, state, weights)
            return after, after[0]

        last, outputs = scan(step, start, z, reverse=reverse)
        return _time_last(outputs), last

    def masked(state: State, now: tuple[Tensor, Tensor]) -> tuple[State, Tensor]:
        z, counts = now
        after = cell.step(z, state, weights)
        kept = tuple(ops.where(counts, a, b) for a, b in zip(after, state, strict=True))
        return kept, kept[0]

    counts = _time_first(ops.expand_dims(mask, -1))
    last, outputs = scan(masked, start, (z, counts), reverse=reverse)
    return _time_last(ops.where(counts, outputs, 0.0)), last


def _time_first(x: Tensor) -> Tensor:
    """(…, T, D) → (T, …, D)."""
    n = x.ndim
    return x if n == 2 else ops.transpose(x, (n - 2, *range(n - 2), n - 1))


def _time_last(x: Tensor) -> Tensor:
    """(T, …, H) → (…, T, H)."""
    n = x.ndim
    return x if n == 2 else ops.transpose(x, (*range(1, n - 1), 0, n - 1))
