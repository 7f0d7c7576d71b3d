"""Counts, adds up and ranks the paths to the output by dynamic programming.

The program runs from the output back, one array at a time.  No path is enumerated unless it is
one of the largest, so 10⁴⁰ paths take no longer than ten.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic

import numpy as np

from chainrule.explain.paths.edges import Edges, Jacobian, edges_of
from chainrule.explain.paths.k_largest import k_largest
from chainrule.explain.paths.path import N, Path, PathSum, Vertex
from chainrule.explain.paths.products import times
from chainrule.graph import Array

__all__ = ["Paths"]


@dataclass(frozen=True, eq=False)
class _Solved(Generic[N]):
    """The solution of the dynamic program for n entries: their paths to the output.

    count (n,) Python integers; total, positive, negative (n,) float64.  For the largest paths of
    each entry, (n, k): the product, the first edge, and the path's rank among those behind that
    edge.  An edge of -1 is the end of a path, or says that there are no more.
    """

    edges: Edges[N]
    count: Array
    total: Array
    positive: Array
    negative: Array
    product: Array
    edge: Array
    rank: Array

    @property
    def known(self) -> Array:
        """How many paths of each entry are known one by one."""
        return np.minimum(self.count, self.product.shape[1]).astype(np.intp)


class Paths(Generic[N]):
    """All paths to the output of a record; for each entry, the k largest one by one.

    `order` lists the arrays in the order they are computed; the last, of one entry, is the output.

    count(x) = Σ count(c),  total(x) = Σ ∂c/∂x · total(c)  over the edges from x to consumers c;
    the k largest paths of x begin with k edges of the largest |∂c/∂x · largest(c)|.

    >>> from types import SimpleNamespace
    >>> from chainrule.explain.entries.sparse_matrix import SparseMatrix
    >>> from chainrule.graph import SparseJacobian
    >>> once, twice = np.zeros(2, int), np.arange(2)
    >>> a = SparseMatrix.from_triples(SparseJacobian(twice, once, np.array([2.0, -1.0])), (2, 1))
    >>> f = SparseMatrix.from_triples(SparseJacobian(once, twice, np.array([3.0, 4.0])), (1, 2))
    >>> jacobians = [
    ...     SimpleNamespace(consumer="a", source="x", matrix=a),
    ...     SimpleNamespace(consumer="f", source="a", matrix=f),
    ... ]
    >>> found = Paths(["x", "a", "f"], jacobians, k=1).to("x", 0)
    >>> found.count, found.top[0].factors, found.top[0].product, found.remainder
    (2, (3.0, 2.0), 6.0, -4.0)

    Bellman and Kalaba, "On kth best policies", 1960.
    """

    def __init__(self, order: Sequence[N], jacobians: Iterable[Jacobian[N]], k: int) -> None:
        self.k = k
        self._output = order[-1]
        self._position = {array: i for i, array in enumerate(order)}
        self._outgoing: dict[N, list[Jacobian[N]]] = defaultdict(list)
        for jacobian in jacobians:
            self._outgoing[jacobian.source].append(jacobian)
        no_edges = edges_of(list[Jacobian[N]](), None)
        self._solved = {self._output: _output_itself(k, no_edges)}

    def to(self, array: N, flat: int) -> PathSum[N]:
        """The paths from the output to the entry of an array at a flat index."""
        if array == self._output:
            solved, at = self._solved[array], flat
        else:
            for dependent, size in self._dependents(array):
                if dependent not in self._solved:
                    self._solved[dependent] = self._solve(dependent, size)
            solved, at = self._solve(array, 1, flat), 0
        ranks = range(solved.known[at])
        top = tuple(self._traced((array, flat), solved, at, rank) for rank in ranks)
        count, total = int(solved.count[at]), float(solved.total[at])
        return PathSum(
            count=count,
            top=top,
            total=total,
            positive=float(solved.positive[at]),
            negative=float(solved.negative[at]),
            remainder=total - math.fsum(p.product for p in top) if count > len(top) else 0.0,
        )

    def _dependents(self, array: N) -> list[tuple[N, int]]:
        """The arrays that depend on one, with their sizes, the last computed first."""
        found: dict[N, int] = {}
        stack = [array]
        while stack:
            for jacobian in self._outgoing.get(stack.pop(), ()):
                if jacobian.consumer not in found:
                    found[jacobian.consumer] = jacobian.matrix.shape[0]
                    stack.append(jacobian.consumer)
        return sorted(found.items(), key=lambda item: self._position[item[0]], reverse=True)

    def _solve(self, array: N, size: int, flat: int | None = None) -> _Solved[N]:
        """One step of the dynamic program, for all entries of an array or for one."""
        jacobians = self._outgoing.get(array, [])
        behind = [self._solved[jacobian.consumer] for jacobian in jacobians]
        edges = edges_of(jacobians, flat)
        row, consumer, local = edges.row, edges.consumer, edges.local

        if not len(row):
            return _no_paths(size, self.k, edges)

        def joined(field: str) -> Array:
            return np.concatenate([getattr(solved, field) for solved in behind])

        def summed(terms: Array) -> Array:
            return np.bincount(row, terms, minlength=size)

        positive, negative = joined("positive")[consumer], joined("negative")[consumer]
        rises = local > 0
        return _Solved(
            edges,
            _summed_integers(joined("count")[consumer], row, size),
            summed(times(local, joined("total")[consumer])),
            summed(times(local, np.where(rises, positive, negative))),
            summed(times(local, np.where(rises, negative, positive))),
            *k_largest(row, consumer, local, joined("product"), joined("known"), size),
        )

    def _traced(self, vertex: Vertex[N], solved: _Solved[N], at: int, rank: int) -> Path[N]:
        """The path of a rank, edge by edge from an entry to the output."""
        product = float(solved.product[at, rank])
        vertices, factors = [vertex], list[float]()
        while (edge := int(solved.edge[at, rank])) >= 0:
            vertices.append(solved.edges.target(edge))
            factors.append(float(solved.edges.local[edge]))
            rank = int(solved.rank[at, rank])
            solved, at = self._solved[vertices[-1][0]], vertices[-1][1]
        return Path(tuple(reversed(vertices)), tuple(reversed(factors)), product)


def _output_itself(k: int, edges: Edges[N]) -> _Solved[N]:
    """The output itself: one path, of no edges."""
    solved = _no_paths(1, k, edges)
    solved.count[0], solved.total[0], solved.positive[0] = 1, 1.0, 1.0
    solved.product[:, :1] = 1.0
    return solved


def _no_paths(size: int, k: int, edges: Edges[N]) -> _Solved[N]:
    """Entries from which no path leads to the output."""
    count, (total, positive, negative) = np.array([0] * size, object), np.zeros((3, size))
    rank = np.zeros((size, k), np.intp)
    product, edge = np.zeros((size, k)), np.full((size, k), -1)
    return _Solved(edges, count, total, positive, negative, product, edge, rank)


def _summed_integers(terms: Array, row: Array, size: int) -> Array:
    """The sum of the terms of each row, in Python integers, which never overflow."""
    found = np.array([0] * size, object)
    first = np.flatnonzero(np.diff(row, prepend=-1))
    found[row[first]] = np.add.reduceat(terms, first)
    return found
