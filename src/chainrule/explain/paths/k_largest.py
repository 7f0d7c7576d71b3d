"""One step of the search for the k largest paths: the k largest products of many rows at once."""

from __future__ import annotations

import numpy as np

from chainrule.explain.paths.products import times
from chainrule.graph import Array

__all__ = ["k_largest"]


def k_largest(
    row: Array, consumer: Array, local: Array, product: Array, known: Array, size: int
) -> tuple[Array, Array, Array]:
    """The k largest products of each of `size` rows, their first edges, and the ranks behind these.

    Edges (E,) lead from a row to a consumer with the factor `local`.  `product` (C, k) holds the
    products of each consumer, largest first, of which the first `known` (C,) count.  All three
    results are (size, k), by magnitude, with an edge of -1 where a row has no more products.

    Only the k edges with the largest products of their own can matter to a row.  They are its
    candidates, each with its best product not yet taken.  k times, and in every row at once, the
    largest candidate is taken.

    >>> row, consumer, local = np.array([0, 0]), np.array([0, 1]), np.array([2.0, -3.0])
    >>> behind = np.array([[5.0, 1.0], [3.0, 2.5]])
    >>> product, edge, rank = k_largest(row, consumer, local, behind, np.array([2, 2]), 1)
    >>> product, edge, rank
    (array([[10., -9.]]), array([[0, 1]]), array([[0, 0]]))
    """
    k = product.shape[1]
    found, begin = np.zeros((size, k)), np.full((size, k), -1)
    rank = np.zeros((size, k), np.intp)
    alive = np.flatnonzero(known[consumer]) if k else np.zeros(0, np.intp)
    row, consumer, local = row[alive], consumer[alive], local[alive]
    best = times(local, product[consumer, 0]) if k else local
    first, nth = _largest_of_rows(row, best, k)
    candidate, edges = row[first], np.full((size, k), -1)
    edges[candidate, nth] = first
    magnitude = np.full((size, k), -1.0)
    magnitude[candidate, nth] = np.abs(best[first])
    taken = np.zeros((size, k), np.intp)
    for i in range(k):
        column = magnitude.argmax(axis=1)
        rows = np.flatnonzero(magnitude[np.arange(size), column] >= 0)
        at = rows, column[rows]
        edge, behind = edges[at], taken[at]
        found[rows, i] = times(local[edge], product[consumer[edge], behind])
        begin[rows, i], rank[rows, i] = alive[edge], behind
        taken[at] = behind = behind + 1
        more = behind < known[consumer[edge]]
        coming = times(local[edge], product[consumer[edge], np.minimum(behind, k - 1)])
        magnitude[at] = np.where(more, np.abs(coming), -1.0)
    return found, begin, rank


def _largest_of_rows(row: Array, value: Array, k: int) -> tuple[Array, Array]:
    """The positions of the k largest values of each row by magnitude, and the rank of each."""
    order = np.lexsort((-np.abs(value), row))
    nth = _numbered(np.bincount(row))
    return order[nth < k], nth[nth < k]


def _numbered(lengths: Array) -> Array:
    """0, 1, 2, … in each of several runs of these lengths."""
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.arange(len(starts)) - starts
