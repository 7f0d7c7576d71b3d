"""Which keys count for which query, and the weights of those that do, as arrays."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import numpy as np

from chainrule.graph import Array

__all__ = ["Weights", "blocks", "counted", "part", "weights", "weights_on_paper"]

Weights = Callable[[Array, Array, "Array | None", float], Array]
"""(queries, keys, which keys count, scale) → the weight of each key for each query."""

ROWS = 256
"""Queries whose weights are in memory at once."""


def blocks(queries: int) -> Iterator[slice]:
    """The queries, some at a time, so that their weights need little memory."""
    for first in range(0, queries, ROWS):
        yield slice(first, min(first + ROWS, queries))


def part(mask: tuple[Array, ...], rows: slice) -> tuple[Array, ...]:
    """These rows of the mask, if there is one."""
    return tuple(one if one.shape[-2] == 1 else one[..., rows, :] for one in mask)


def counted(rows: slice, keys: int, mask: tuple[Array, ...], causal: bool) -> Array | None:
    """Which keys count for these queries; None if all do.

    >>> counted(slice(0, 2), 3, (), True)
    array([[ True, False, False],
           [ True,  True, False]])
    """
    found = mask[0] if mask else None
    if causal:
        earlier = np.tri(rows.stop - rows.start, keys, rows.start, dtype=bool)
        found = earlier if found is None else np.where(earlier, found, False)
    return found


def weights(q: Array, k: Array, counts: Array | None, scale: float) -> Array:
    """The softmax of the scores over the keys that count; 0 for a query for which none does."""
    scores = (q @ np.swapaxes(k, -1, -2)) * q.dtype.type(scale)
    if counts is not None:
        scores = np.where(counts, scores, -np.inf).astype(scores.dtype, copy=False)
    top = np.max(scores, axis=-1, keepdims=True)
    e = np.exp(scores - np.where(top == -np.inf, 0, top))
    total = np.sum(e, axis=-1, keepdims=True)
    return e / np.where(total == 0, 1, total)


def weights_on_paper(q: Array, k: Array, counts: Array | None, scale: float) -> Array:
    """The weights as they are written: e^score, divided by the sum of those that count."""
    e = np.exp((q @ np.swapaxes(k, -1, -2)) * scale)
    if counts is None:
        return e / np.sum(e, axis=-1, keepdims=True)
    e = np.where(counts, e, 0)
    some = functools.reduce(np.logical_or, np.moveaxis(_if_known(counts), -1, 0))[..., np.newaxis]
    return e / np.where(some, np.sum(e, axis=-1, keepdims=True), 1)


def _if_known(counts: Array) -> Array:
    """A mask that may be of formulas, as booleans if all of it are some."""
    plain = counts.view(np.ndarray)
    return plain.astype(bool) if all(type(x) in (bool, np.bool_) for x in plain.flat) else counts
