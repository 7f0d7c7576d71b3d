"""Several layers of a recurrent network, each in one or both directions of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chainrule.nn.layers.recurrent.over_time import Cell, State, Weights, over_time
from chainrule.ops import Tensor, concatenate

__all__ = ["stacked"]


def stacked(
    cell: Cell,
    x: Tensor,
    weights: Sequence[Sequence[Weights]],
    starts: Sequence[State | None],
    mask: Tensor | None = None,
    between: Callable[[Tensor], Tensor] = lambda y: y,
) -> tuple[Tensor, list[State]]:
    """Apply layers one after another: the outputs of the last, and each last state.

    `weights` are those of each layer, forward and, if it has a second direction, backward; `starts`
    and the last states are in the same order, in one list.  `between` is applied to what a layer
    gives to the next.
    """
    y, last = x, list[State]()
    for number, layer in enumerate(weights):
        y = between(y) if number else y
        found = list[Tensor]()
        for reverse, one in enumerate(layer):
            start = starts[len(last)]
            outputs, end = over_time(cell, y, one, start=start, mask=mask, reverse=bool(reverse))
            found.append(outputs)
            last.append(end)
        y = found[0] if len(found) == 1 else concatenate(found, axis=-1)
    return y, last
