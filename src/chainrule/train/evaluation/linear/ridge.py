"""Ridge regression in closed form."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array
from chainrule.train.evaluation.linear.encoded_rows import EncodedRows

__all__ = ["fit_ridge", "mean_of_columns"]

CHUNK = 4096
"""Rows that are centred at once."""


def fit_ridge(x: Array | EncodedRows, y: Array, penalty: float = 1.0) -> tuple[Array, Array]:
    """Weights `(D, outputs)` and bias `(outputs,)` for inputs `(n, D)` and numbers `(n, outputs)`.

    They minimise Σᵢ ‖yᵢ − Wᵀxᵢ − b‖² + penalty · ‖W‖²; the bias is not penalised.

    >>> weights, bias = fit_ridge(np.array([[-1.0], [1.0]]), np.array([[1.0], [4.0]]))
    >>> weights, bias
    (array([[1.]]), array([2.5]))

    Hoerl, Kennard: Ridge regression: biased estimation for nonorthogonal problems, Technometrics
    12, 1970.
    """
    mean, middle = mean_of_columns(x), y.mean(axis=0)
    gram, products = penalty * np.eye(x.shape[1]), np.zeros((x.shape[1], y.shape[1]))
    for start in range(0, len(x), CHUNK):  # not all at once: centred inputs are another copy
        rows = slice(start, start + CHUNK)
        centred = x[rows] - mean
        gram += centred.T @ centred
        products += centred.T @ (y[rows] - middle)
    weights = np.linalg.solve(gram, products)
    return weights, middle - mean @ weights


def mean_of_columns(x: Array | EncodedRows) -> Array:
    """The mean of each column, bit for bit that of NumPy, which adds one row after the other."""
    if x.shape[1] == 1:  # but entries of a single column in pairs
        return x[:].mean(axis=0)
    total = x[:CHUNK].sum(axis=0)
    for start in range(CHUNK, len(x), CHUNK):
        total = np.concatenate([total[None], x[start : start + CHUNK]]).sum(axis=0)
    return total / len(x)
