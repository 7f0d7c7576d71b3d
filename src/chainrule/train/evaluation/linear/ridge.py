"""Ridge regression in closed form."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array

__all__ = ["fit_ridge"]

CHUNK = 4096
"""Rows that are centred at once."""


def fit_ridge(x: Array, y: Array, penalty: float = 1.0) -> tuple[Array, Array]:
    """Weights `(D, outputs)` and bias `(outputs,)` for inputs `(n, D)` and numbers `(n, outputs)`.

    They minimise Σᵢ ‖yᵢ − Wᵀxᵢ − b‖² + penalty · ‖W‖²; the bias is not penalised.

    >>> weights, bias = fit_ridge(np.array([[-1.0], [1.0]]), np.array([[1.0], [4.0]]))
    >>> weights, bias
    (array([[1.]]), array([2.5]))

    Hoerl, Kennard: Ridge regression: biased estimation for nonorthogonal problems, Technometrics
    12, 1970.
    """
    mean, middle = x.mean(axis=0), y.mean(axis=0)
    gram, products = penalty * np.eye(x.shape[1]), np.zeros((x.shape[1], y.shape[1]))
    for start in range(0, len(x), CHUNK):  # not all at once: centred inputs are another copy
        rows = slice(start, start + CHUNK)
        centred = x[rows] - mean
        gram += centred.T @ centred
        products += centred.T @ (y[rows] - middle)
    weights = np.linalg.solve(gram, products)
    return weights, middle - mean @ weights
