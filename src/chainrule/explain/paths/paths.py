"""Paths: the gradient as a sum over the ways from the output to a parameter.

A path is a chain of edges between entries, its product the product of their local gradients.
Counting, adding up and ranking go by dynamic programming from the output, a block of entries at a
time; no path is ever enumerated to be thrown away.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from chainrule.explain.entries.sparse import Sparse
from chainrule.explain.paths.largest import largest
from chainrule.graph import Array

__all__ = ["Link", "Path", "PathSum", "Paths", "Place"]

B = TypeVar("B", bound=Hashable)
C = TypeVar("C", bound=Hashable, covariant=True)

Place = tuple[B, int]
"""An entry: its block, and its number there in reading order."""


class Link(Protocol[C]):
    """The edges between two blocks: `local[i, j]` is ∂consumer[i]/∂source[j].

    A stored entry is an edge, one of 0 too; what is not stored is none.
    """

    @property
    def consumer(self) -> C: ...
    @property
    def source(self) -> C: ...
    @property
    def local(self) -> Sparse: ...


@dataclass(frozen=True)
class Path(Generic[B]):
    """One way: `places` from the output to the parameter, and the factor between each two."""

    places: tuple[Place[B], ...]
    factors: tuple[float, ...]
    product: float


@dataclass(frozen=True)
class PathSum(Generic[B]):
    """How a gradient is made up.

    count      number of paths, an exact integer
    top        the largest by magnitude, largest first
    total      sum of all products, which is the gradient
    positive   sum of the products that are positive
    negative   sum of the products that are negative
    remainder  what the paths beyond `top` add up to
    """

    count: int
    top: tuple[Path[B], ...]
    total: float
    positive: float
    negative: float
    remainder: float


@dataclass(frozen=True)
class _Edges(Generic[B]):
    """The edges that leave some entries, by entry: from number `row` to `consumer`.

    Consumers are numbered through all `blocks` that there are, which begin at `starts`.
    """

    row: Array
    consumer: Array
    local: Array
    blocks: tuple[B, ...]
    starts: Array

    def place(self, edge: int) -> Place[B]:
        """The entry that an edge leads to."""
        consumer = self.consumer[edge]
        block = int(np.searchsorted(self.starts, consumer, "right")) - 1
        return self.blocks[block], int(consumer - self.starts[block])


@dataclass(frozen=True)
class _Solved(Generic[B]):
    """What is known of the paths from each of n entries to the output.

    count (n,) Python integers; total, positive, negative (n,) float64.  Of each entry's largest
    paths, in columns of (n, k): the products, the edge each begins with, and its rank among the
    paths behind that edge; an edge of -1 is the end of a path, or where there are no more.
    """

    edges: _Edges[B]
    count: Array
    total: Array
    positive: Array
    negative: Array
    product: Array
    edge: Array
    rank: Array

    @property
    def kept(self) -> Array:
        """How many paths of each entry are known one by one."""
        return np.minimum(self.count, self.product.shape[1]).astype(np.intp)


class Paths(Generic[B]):
    """All paths to the output of a record, of which the `keep` largest are told one by one.

    `order` has the blocks in the order they are computed; the last, of one entry, is the output.

    count(x) = Σ count(c),  total(x) = Σ ∂c/∂x · total(c)  over the edges from x to consumers c;
    the k largest paths of x begin with k edges of the largest |∂c/∂x · largest(c)|.

    >>> from types import SimpleNamespace as Link
    >>> from chainrule.explain.entries.sparse import Sparse
    >>> from chainrule.graph import SparseJacobian
    >>> once, twice = np.zeros(2, int), np.arange(2)
    >>> a = Sparse.of(SparseJacobian(twice, once, np.array([2.0, -1.0])), (2, 1))
    >>> f = Sparse.of(SparseJacobian(once, twice, np.array([3.0, 4.0])), (1, 2))
    >>> links = [Link(consumer="a", source="x", local=a), Link(consumer="f", source="a", local=f)]
    >>> found = Paths(["x", "a", "f"], links, keep=1).to("x", 0)
    >>> found.count, found.top[0].factors, found.top[0].product, found.remainder
    (2, (3.0, 2.0), 6.0, -4.0)

    Bellman and Kalaba, "On kth best policies", 1960.
    """

    def __init__(self, order: Sequence[B], links: Iterable[Link[B]], keep: int) -> None:
        self.keep = keep
        self._output = order[-1]
        self._position = {block: i for i, block in enumerate(order)}
        self._leaving: dict[B, list[Link[B]]] = defaultdict(list)
        for link in links:
            self._leaving[link.source].append(link)
        self._solved = {self._output: _end(keep)}

    def to(self, block: B, place: int) -> PathSum[B]:
        """The paths from the output to one entry, by its number in reading order."""
        if block == self._output:
            solved, at = self._solved[block], place
        else:
            for behind, size in self._behind(block):
                if behind not in self._solved:
                    self._solved[behind] = self._solve(behind, size)
            solved, at = self._solve(block, 1, place), 0
        ranks = range(solved.kept[at])
        top = tuple(self._walk((block, place), solved, at, rank) for rank in ranks)
        count, total = int(solved.count[at]), float(solved.total[at])
        return PathSum(
            count=count,
            top=top,
            total=total,
            positive=float(solved.positive[at]),
            negative=float(solved.negative[at]),
            remainder=total - math.fsum(p.product for p in top) if count > len(top) else 0.0,
        )

    def _behind(self, block: B) -> list[tuple[B, int]]:
        """The blocks that depend on one, with their sizes, the last computed first."""
        found: dict[B, int] = {}
        stack = [block]
        while stack:
            for link in self._leaving.get(stack.pop(), ()):
                if link.consumer not in found:
                    found[link.consumer] = link.local.shape[0]
                    stack.append(link.consumer)
        return sorted(found.items(), key=lambda item: self._position[item[0]], reverse=True)

    def _solve(self, block: B, size: int, place: int | None = None) -> _Solved[B]:
        """One step of the programme: for all entries of a block, or for the one at a place."""
        links = self._leaving.get(block, [])
        behind = [self._solved[link.consumer] for link in links]
        edges = _edges(links, place)
        row, consumer, local = edges.row, edges.consumer, edges.local

        if not len(row):
            return _nothing(size, self.keep, edges)

        def known(of: str) -> Array:
            return np.concatenate([getattr(solved, of) for solved in behind])

        def added(terms: Array) -> Array:
            return np.bincount(row, terms, minlength=size)

        positive, negative = known("positive")[consumer], known("negative")[consumer]
        rises = local > 0
        return _Solved(
            edges,
            _added_integers(known("count")[consumer], row, size),
            added(local * known("total")[consumer]),
            added(local * np.where(rises, positive, negative)),
            added(local * np.where(rises, negative, positive)),
            *largest(row, consumer, local, known("product"), known("kept"), size),
        )

    def _walk(self, place: Place[B], solved: _Solved[B], at: int, rank: int) -> Path[B]:
        product = float(solved.product[at, rank])
        places, factors = [place], list[float]()
        while (edge := int(solved.edge[at, rank])) >= 0:
            places.append(solved.edges.place(edge))
            factors.append(float(solved.edges.local[edge]))
            rank = solved.rank[at, rank]
            solved, at = self._solved[places[-1][0]], places[-1][1]
        return Path(tuple(reversed(places)), tuple(reversed(factors)), product)


def _edges(links: Sequence[Link[B]], place: int | None) -> _Edges[B]:
    """The edges from all entries of the links' source, or from one, which is then number 0."""
    rows: list[Array] = []
    consumers: list[Array] = []
    locals_: list[Array] = []
    starts = np.cumsum([0, *(link.local.shape[0] for link in links)])
    for link, start in zip(links, starts, strict=False):
        if place is None:
            columns = link.local.transposed
            row, consumer, local = columns.rows, columns.indices, columns.data
        else:
            here = np.flatnonzero(link.local.indices == place)
            row = np.zeros(len(here), np.intp)
            consumer, local = link.local.rows[here], link.local.data[here]
        rows.append(row)
        consumers.append(consumer + start)
        locals_.append(local)
    row, consumer, local = (
        np.concatenate(parts) if parts else np.zeros(0, dtype)
        for parts, dtype in ((rows, np.intp), (consumers, np.intp), (locals_, np.float64))
    )
    if len(links) > 1:
        by_row = np.argsort(row, kind="stable")
        row, consumer, local = row[by_row], consumer[by_row], local[by_row]
    blocks = tuple(link.consumer for link in links)
    return _Edges(row, consumer, local.astype(np.float64), blocks, starts[:-1])


def _end(keep: int) -> _Solved[Any]:
    """The output itself: one path, of no edges."""
    solved = _nothing(1, keep, _edges([], None))
    solved.count[0], solved.total[0], solved.positive[0] = 1, 1.0, 1.0
    solved.product[:, :1] = 1.0
    return solved


def _nothing(size: int, keep: int, edges: _Edges[B]) -> _Solved[B]:
    """Entries that no path leads to."""
    count, (total, positive, negative) = np.array([0] * size, object), np.zeros((3, size))
    rank = np.zeros((size, keep), np.intp)
    product, edge = np.zeros((size, keep)), np.full((size, keep), -1)
    return _Solved(edges, count, total, positive, negative, product, edge, rank)


def _added_integers(terms: Array, row: Array, size: int) -> Array:
    """The sum of the terms of each row, in integers that never overflow."""
    found = np.array([0] * size, object)
    first = np.flatnonzero(np.diff(row, prepend=-1))
    found[row[first]] = np.add.reduceat(terms, first)
    return found
