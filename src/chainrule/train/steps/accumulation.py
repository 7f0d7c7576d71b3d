"""Gradient accumulation: the loss and gradients of a batch as means over its parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from chainrule.graph import Array

__all__ = ["accumulate", "micro_batches"]


def micro_batches(rows: Array, most: int | None) -> list[Array]:
    """A batch, cut into parts of equal size (to within a row), at most `most` rows each.

    >>> [part.tolist() for part in micro_batches(np.arange(5), 2)]
    [[0, 1], [2, 3], [4]]
    """
    if most is None or len(rows) <= most:
        return [rows]
    return np.array_split(rows, -(-len(rows) // most))


def accumulate(
    parts: Sequence[Array],
    gradients: Callable[[], Array],
    backward: Callable[[int, Array, bool], float],
    weight: Callable[[Array], float] = len,
) -> float:
    """Compute loss and gradients as means over all rows of the parts; returns the loss.

    `backward(i, rows, counts)` writes the gradients of part i into `gradients()` `(n,)` and returns
    its loss; afterwards `gradients()` holds their means.  (It is called each time, as the vector
    may move.)  `weight` says what the rows of a part count together in the mean.  A part of weight
    0 has no mean of its own: unless it `counts`, loss and gradients may be NaN.  The compiled loop
    does the same for parts of equal size, in `engine.interpreter.training_loop`.
    """
    if len(parts) == 1:
        return backward(0, parts[0], True)
    loss, total = 0.0, np.zeros_like(gradients())
    weights = [weight(rows) for rows in parts]
    whole = sum(weights)
    for i, rows in enumerate(parts):
        counts = weights[i] != 0 or whole == 0
        part = backward(i, rows, counts)
        if counts:
            share = weights[i] / whole
            loss += share * part
            total += share * gradients()
    gradients()[:] = total
    return loss
