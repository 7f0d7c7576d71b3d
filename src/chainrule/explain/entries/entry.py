"""One entry of an array: its multi-index, its flat index, its name."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from chainrule.graph import Node, entry_of

__all__ = ["Entry", "entry_at", "entry_name", "flat_index"]


class Entry(NamedTuple):
    """One entry of a node's array."""

    node: Node
    # a field of this name hides `tuple.index`, which nobody calls here
    index: tuple[int, ...]  # pyright: ignore[reportIncompatibleMethodOverride]


def flat_index(entry: Entry) -> int:
    """The index of an entry in its flattened array, in row-major order."""
    shape = entry.node.spec.shape
    return int(np.ravel_multi_index(entry.index, shape)) if shape else 0


def entry_at(node: Node, flat: int) -> Entry:
    """The entry at a flat index: the inverse of `flat_index`."""
    return Entry(node, tuple(map(int, np.unravel_index(flat, node.spec.shape))))


def entry_name(name: str, index: tuple[int, ...]) -> str:
    """The name of an entry of the array `name`: `h1[5]`, `w[5, 3]`, or just `h1` for a scalar."""
    return entry_of(name, ", ".join(map(str, index))) if index else name
