"""The numbers that a stepper holds, as flat vectors: read by name, saved and restored."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph import Array
from chainrule.train.optimizers import Optimizer, State
from chainrule.train.steps.flat_layout import FlatLayout
from chainrule.train.steps.non_finite import NonFinite, find_non_finite
from chainrule.train.storage.checkpoint import Checkpoint

__all__ = ["FlatVectors", "initial_slots"]


class FlatVectors(ABC):
    """One flat vector each for parameters, gradients, buffers and every slot of the optimizer.

    parameters   `(n,)`, arranged as `layout` says
    gradients    `(n,)`, of the last step, arranged likewise
    buffers      `(b,)`, such as BatchNorm's running averages, arranged as `buffer_layout` says
    slots        by name, the state vectors of the optimizer, each `(n,)` and arranged as `layout`

    Subclasses allocate the vectors.
    """

    parameters: Array
    gradients: Array
    buffers: Array
    slots: dict[str, Array]

    def __init__(self, layout: FlatLayout, buffer_layout: FlatLayout) -> None:
        self.layout, self.buffer_layout = layout, buffer_layout

    def checkpoint(self, step: int) -> Checkpoint:
        """Copies of everything that is needed to continue after `step` updates."""
        return Checkpoint(
            parameters=self.layout.arrays(self.parameters),
            buffers=self.buffer_layout.arrays(self.buffers),
            slots={name: self.layout.row_major(vector) for name, vector in self.slots.items()},
            step=step,
        )

    def restore(self, checkpoint: Checkpoint, optimizer: str) -> None:
        """Copy a checkpoint into the vectors; RunError where its names or shapes differ.

        `optimizer` is the name that the error shows.
        """
        self.layout.check(checkpoint.parameters, "parameter")
        self.buffer_layout.check(checkpoint.buffers, "buffer")
        slots = FlatLayout({name: vector.shape for name, vector in self.slots.items()})
        slots.check(checkpoint.slots, f"{optimizer} state")
        self.fill(checkpoint.parameters, checkpoint.buffers)
        row_major = FlatLayout(self.layout.shapes)
        for name, vector in self.slots.items():
            self.layout.fill(vector, row_major.views(checkpoint.slots[name]))

    def fill(self, parameters: Mapping[str, Array], buffers: Mapping[str, Array]) -> None:
        """Copy parameters and buffers into their vectors."""
        self.layout.fill(self.parameters, parameters)
        self.buffer_layout.fill(self.buffers, buffers)

    def arrays(self) -> dict[str, Array]:
        """Copies of all parameters and buffers by name."""
        return {
            **self.layout.arrays(self.parameters),
            **self.buffer_layout.arrays(self.buffers),
        }

    def array(self, name: str) -> Array:
        """A copy of one parameter or buffer."""
        for layout, vector in (
            (self.layout, self.parameters),
            (self.buffer_layout, self.buffers),
        ):
            if name in (views := layout.views(vector)):
                return views[name].copy()
        raise KeyError(name)

    def non_finite_state(self) -> NonFinite | None:
        """The first parameter, buffer or slot that is not finite after an update, if any."""
        return find_non_finite(
            {
                **self.layout.views(self.parameters),
                **self.buffer_layout.views(self.buffers),
                **self.slots,
            },
            "a finite {} after the update",
        )


def initial_slots(optimizer: Optimizer, n: int, dtype: np.dtype) -> State:
    """The state that `init` returns; ShapeError unless every slot is a vector `(n,)`."""
    state = optimizer.init(n, dtype)
    for slot in dict.fromkeys((*optimizer.slots, *state)):
        got = np.shape(state[slot]) if slot in state else None
        if got != (n,):
            raise ShapeError(
                f"{optimizer.name} init",
                expected=f"{slot} of shape {(n,)}",
                got="none" if got is None else f"shape {got}",
                remedy="every slot has an entry for each parameter",
            )
    return {slot: np.ascontiguousarray(vector, dtype) for slot, vector in state.items()}
