"""One path from the output to an entry, and the sum over all of them, as data."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["N", "Path", "PathSum", "Vertex"]

N = TypeVar("N", bound=Hashable)
"""What identifies an array of the record; here any hashable will do."""

Vertex = tuple[N, int]
"""A vertex of the graph of entries: the array of an entry, and its flat index there."""


@dataclass(frozen=True)
class Path(Generic[N]):
    """One path: its vertices from the output to the entry, and the local gradient of each edge."""

    vertices: tuple[Vertex[N], ...]
    factors: tuple[float, ...]
    product: float


@dataclass(frozen=True)
class PathSum(Generic[N]):
    """A gradient as the sum over all paths to one entry.

    count      number of paths, an exact integer
    top        the largest by magnitude, largest first
    total      sum of all products, which is the gradient
    positive   sum of the products that are positive
    negative   sum of the products that are negative
    remainder  sum of the products that are not in `top`
    """

    count: int
    top: tuple[Path[N], ...]
    total: float
    positive: float
    negative: float
    remainder: float
