"""How entries of results of linear algebra are written, where a person would not write LAPACK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.graph import Array

__all__ = [
    "LARGEST_WRITTEN",
    "cofactor_matrix",
    "cramer",
    "determinant",
    "entries",
    "inverse",
    "listed",
]

LARGEST_WRITTEN = 4
"""Rows of the largest matrix whose determinant is written out; it has n! products."""


def listed(name: str, x: Array, shape: tuple[int, ...], *others: Array) -> Array:
    """Entries that are only named: `name[i, j]` of all entries of each matrix over the last axes.

    `shape` is that of the result for one matrix.  The `others` are further operands, one matrix
    for each of x.
    """
    from chainrule.formula import call  # not at the top: few processes write formulas

    batch = x.shape[:-2]
    found = np.empty((*batch, *shape), dtype=object)
    for at in np.ndindex(*batch):
        operands = [entry for operand in (x, *others) for entry in np.ravel(operand[at])]
        for index in np.ndindex(*shape):
            at_index = ", ".join(map(str, index))
            latex = rf"\operatorname{{{name}}}_{{{at_index}}}"
            found[at + index] = call(f"{name}[{at_index}]" if index else name, latex)(*operands)
    return found


def entries(
    name: str, written_out: Callable[[Array], Array] | None = None
) -> Callable[[Array], Array]:
    """The notation of a function of square matrices whose entries are only named.

    Those of small matrices are `written_out`, by a function of one matrix, if there is one.
    """

    def notation(x: Array) -> Array:
        if written_out is None or x.shape[-1] > LARGEST_WRITTEN:
            return listed(name, x, x.shape[-2:])
        return np.vectorize(written_out, [object], signature="(n,n)->(n,n)")(x)

    return notation


def determinant(x: Array) -> Any:
    """Laplace's expansion along the first row."""
    if not len(x):
        return 1.0
    signs = (-1.0) ** np.arange(len(x))
    return sum(s * x[0, j] * determinant(_minor(x, 0, j)) for j, s in enumerate(signs))


def inverse(x: Array) -> Array:
    """Cramer's rule: the adjugate over the determinant."""
    return cofactor_matrix(x).T / determinant(x)


def cofactor_matrix(x: Array) -> Array:
    """The determinant of what is left without the row and column of an entry, with its sign."""
    found = np.empty_like(x)
    for i, j in np.ndindex(*x.shape):
        found[i, j] = (-1.0) ** (i + j) * determinant(_minor(x, i, j))
    return found


def cramer(a: Array, b: Array) -> Array:
    """Cramer's rule for a·x = b, with a column of x for each of b."""
    found, whole = np.empty(b.shape, dtype=object), determinant(a)
    for i, j in np.ndindex(*b.shape):
        replaced = a.copy()
        replaced[:, i] = b[:, j]
        found[i, j] = determinant(replaced) / whole
    return found


def _minor(x: Array, row: int, column: int) -> Array:
    return np.delete(np.delete(x, row, 0), column, 1)
