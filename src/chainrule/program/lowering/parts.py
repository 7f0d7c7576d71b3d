"""Arrays that are written in parts: joins, and the transposes of slices."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from chainrule.graph import Array, Node
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.view import BasicIndex, View

__all__ = ["Part", "write_parts"]

MAX_FILLS = 16
"""The most boxes between parts that are filled one by one; else everything is filled first."""


class Part(NamedTuple):
    """The entries of an array that an index selects, and what is written there."""

    where: tuple[BasicIndex, ...]
    view: View


def write_parts(
    ctx: LoweringContext,
    node: Node,
    parts: Sequence[Part],
    shape: tuple[int, ...],
    fill: Array | None = None,
) -> View | None:
    """A new array of `shape`: where parts overlap their sum, and outside of them `fill`, or 0.

    None if the numbers are of different dtypes, or others than the program's floats to be added.
    """
    dtype = ctx.stored(node.spec.dtype)
    if any(part.view.buffer.dtype != dtype for part in parts):
        return None
    out = ctx.temporary(shape, dtype)
    parts = [part for part in parts if part.view.size]
    covered = np.zeros(shape, bool)
    adds = [_cover(covered, part.where) for part in parts]
    boxes = _uncovered(covered)
    if any(adds) and dtype != ctx.dtype:
        return None
    separate = not any(adds) and len(boxes) <= MAX_FILLS
    if not separate:
        boxes = [()]
    filling = np.asarray(0 if fill is None else fill).astype(node.spec.dtype)
    background = ctx.constant(filling, dtype)
    for box in boxes:
        target = out.at(*box)
        ctx.write("copy", [background.broadcast(target.shape)], target, node)
    for part, overlaps in zip(parts, adds, strict=True):
        target = out.at(*part.where)
        if overlaps:
            ctx.write("add", [target, part.view], target, node)
        else:
            ctx.write("copy", [part.view], target, node, part=separate)
    return out


def _cover(covered: Array, where: tuple[BasicIndex, ...]) -> bool:
    """Mark the entries of a part; returns whether an earlier part covers one of them."""
    before = bool(covered[where].any())
    covered[where] = True
    return before


def _uncovered(covered: Array) -> list[tuple[BasicIndex, ...]]:
    """Boxes that together are the entries that no part covers."""
    if covered.all():
        return []
    if not covered.any():
        return [()]
    lines = covered.reshape(len(covered), -1)
    changes = np.flatnonzero((lines[1:] != lines[:-1]).any(1)) + 1
    ends: list[int] = [0, *changes.tolist(), len(covered)]
    return [
        (slice(begin, end), *rest)
        for begin, end in pairwise(ends)
        for rest in _uncovered(covered[begin])
    ]
