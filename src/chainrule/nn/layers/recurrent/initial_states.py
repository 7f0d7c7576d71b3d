"""The states that a recurrent network starts with, as they are given beside its inputs."""

from __future__ import annotations

from typing import Any, cast

from chainrule.errors import ShapeError
from chainrule.nn.accepted import check_accepted
from chainrule.nn.layers.recurrent.over_time import State
from chainrule.ops import Tensor

__all__ = ["initial_states"]


def initial_states(
    where: str, state: Any, several: int, parts: int, shape: tuple[int, ...]
) -> list[State | None]:
    """The initial state of each of `several` passes over time; None where none is given.

    A state has that many `parts`, each of this `shape`: it is h, or the pair (h, c).  Of several
    passes there is a tuple of states.  Raises ShapeError for anything else, OptionError for what is
    not floating point.
    """
    if state is None:
        return [None] * several
    each = _entries(state) if several > 1 else [state]
    found = [_entries(one) if parts > 1 else [one] for one in each]
    flat = [part for one in found for part in one]
    fits = len(found) == several and all(len(one) == parts for one in found)
    if not fits or not all(isinstance(part, Tensor) and part.shape == shape for part in flat):
        one = f"{'h' if parts == 1 else '(h, c), each'} of shape {shape}"
        raise ShapeError(
            f"{where} state",
            expected=one
            if several == 1
            else f"a tuple of {several}, one for each layer and direction: {one}",
            got=_form(state),
        )
    for part in flat:
        check_accepted(f"{where} state", "floats", part)
    return [tuple(one) for one in found]


def _entries(state: Any) -> list[Any]:
    return list(cast("Any", state)) if isinstance(state, (tuple, list)) else [state]


def _form(state: Any) -> str:
    """The shapes in a state, in its tuples."""
    if isinstance(state, Tensor):
        return f"shape {state.shape}"
    if isinstance(state, (tuple, list)):
        return f"({', '.join(map(_form, cast('list[Any]', state)))})"
    return type(state).__name__
