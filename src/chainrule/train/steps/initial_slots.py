"""The state of an optimizer before the first update, checked."""

from __future__ import annotations

import numpy as np

from chainrule.errors import ShapeError
from chainrule.train.optimizers import Optimizer, State

__all__ = ["initial_slots"]


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
