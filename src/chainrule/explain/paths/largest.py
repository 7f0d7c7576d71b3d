"""The largest products of many rows at once: one step of the search for the largest paths."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array

__all__ = ["largest"]


def largest(
    row: Array, consumer: Array, local: Array, product: Array, kept: Array, size: int
) -> tuple[Array, Array, Array]:
    """The k largest products of each of `size` rows: what they are, their edges, the ranks behind.

    Edges (E,) lead from a row to a consumer, `local` is their factor.  `product` (C, k) holds what
    each consumer has, largest first, of which `kept` (C,) count.  All three results are (size, k),
    by magnitude, with an edge of -1 where there are no more.

    A row can need the k edges of the largest products only.  It has these in hand, each with its
    best product not yet taken; k times the largest of all is taken, in every row at once.

    >>> row, consumer, local = np.array([0, 0]), np.array([0, 1]), np.array([2.0, -3.0])
    >>> behind = np.array([[5.0, 1.0], [3.0, 2.5]])
    >>> product, edge, rank = largest(row, consumer, local, behind, np.array([2, 2]), 1)
    >>> product, edge, rank
    (array([[10., -9.]]), array([[0, 1]]), array([[0, 0]]))
    """
    keep = product.shape[1]
    found, begin = np.zeros((size, keep)), np.full((size, keep), -1)
    rank = np.zeros((size, keep), np.intp)
    alive = np.flatnonzero(kept[consumer]) if keep else np.zeros(0, np.intp)
    row, consumer, local = row[alive], consumer[alive], local[alive]
    best = local * product[consumer, 0] if keep else local
    first, nth = _foremost(row, best, keep)
    hand, offered = row[first], np.full((size, keep), -1)
    offered[hand, nth] = first
    magnitude = np.full((size, keep), -1.0)
    magnitude[hand, nth] = np.abs(best[first])
    taken = np.zeros((size, keep), np.intp)
    for k in range(keep):
        column = magnitude.argmax(axis=1)
        rows = np.flatnonzero(magnitude[np.arange(size), column] >= 0)
        at = rows, column[rows]
        edge, behind = offered[at], taken[at]
        found[rows, k] = local[edge] * product[consumer[edge], behind]
        begin[rows, k], rank[rows, k] = alive[edge], behind
        taken[at] = behind = behind + 1
        more = behind < kept[consumer[edge]]
        coming = local[edge] * product[consumer[edge], np.minimum(behind, keep - 1)]
        magnitude[at] = np.where(more, np.abs(coming), -1.0)
    return found, begin, rank


def _foremost(row: Array, value: Array, keep: int) -> tuple[Array, Array]:
    """Where the `keep` largest values of each row are, by magnitude, and which of them each is."""
    order = np.lexsort((-np.abs(value), row))
    nth = _numbered(np.bincount(row))
    return order[nth < keep], nth[nth < keep]


def _numbered(lengths: Array) -> Array:
    """0, 1, 2, … in each of several runs of these lengths."""
    return np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
