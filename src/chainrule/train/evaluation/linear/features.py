"""Inputs as a linear model takes them: as few columns as there are rows, in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chainrule.graph import Array

__all__ = ["narrow"]

CHUNK = 2**20
"""The entries that are converted at once, to bound the memory needed."""


def narrow(x: Array) -> tuple[Array, Callable[[Array], Array]]:
    """Features `(n, min(n, D))` of inputs `(n, D)`, and a function of their weights.

    A linear model whose penalty is the sum of squared weights has its optimum in the span of the
    rows: w = Xᵀα.  With XXᵀ = LLᵀ, the features L and the weights v = Lᵀα give the same outputs,
    Xw = Lv, and the same penalty, wᵀw = vᵀv, in n columns instead of D.

    The function returns the weights of the inputs, `(D, outputs)`.

    >>> features, inverse = narrow(np.array([[3.0, 0.0, 4.0]]))
    >>> features, inverse(np.array([[10.0]]))[:, 0]
    (array([[5.]]), array([6., 0., 8.]))
    """
    n, d = x.shape
    if d <= n:
        return x.astype(np.float64), lambda weights: weights
    width = max(1, CHUNK // n)
    blocks = [slice(start, start + width) for start in range(0, d, width)]
    gram = np.zeros((n, n))
    for block in blocks:
        part = x[:, block].astype(np.float64)
        gram += part @ part.T
    # Equal rows make the Gram matrix singular, up to rounding.
    gram[np.diag_indices(n)] += 1e-10 * max(float(gram.diagonal().max()), 1e-300)
    lower = np.linalg.cholesky(gram)

    def to_inputs(weights: Array) -> Array:
        alpha = np.linalg.solve(lower.T, weights)
        return np.concatenate([x[:, block].astype(np.float64).T @ alpha for block in blocks])

    return lower, to_inputs
