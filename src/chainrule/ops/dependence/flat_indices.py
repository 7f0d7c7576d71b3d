"""Flat indices of entries: of a whole array, along an axis, and before broadcasting."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from chainrule.graph import Array, Indices, Node

__all__ = ["NO_INDICES", "before_broadcasting", "flat_indices", "flat_value", "lines"]

Shape = tuple[int, ...]

NO_INDICES: Indices = np.zeros(0, dtype=np.intp)
"""The indices for an input that is not read."""


def flat_indices(shape: Shape) -> Indices:
    """Return an array of this shape in which every entry is its own flat index."""
    return np.arange(math.prod(shape)).reshape(shape)


def flat_value(node: Node) -> Array:
    """Return the value of a node as a flat array."""
    assert node.value is not None, f"{node.label} has no value"
    return node.value.ravel()


def before_broadcasting(indices: Indices, shape: Shape, source: Shape) -> Indices:
    """Return the entries of `source` that broadcasting to `shape` copies to `indices`."""
    if source == shape or not indices.size:
        return indices
    found = np.zeros_like(indices)
    stride = 1
    coordinates = np.unravel_index(indices, shape)
    for length, coordinate in zip(reversed(source), reversed(coordinates), strict=False):
        if length > 1:
            found += stride * coordinate
        stride *= length
    return found


def lines(shape: Shape, axis: int | Sequence[int]) -> Indices:
    """Return the entries along `axis` as rows, one for each position on the other axes."""
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    rest = [i for i in range(len(shape)) if i not in axes]
    length = math.prod(shape[i] for i in axes)
    count = math.prod(shape[i] for i in rest)
    return flat_indices(shape).transpose(*rest, *axes).reshape(count, length)
