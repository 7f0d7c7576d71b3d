"""Logistic regression, binomial for two classes and multinomial for more."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array
from chainrule.train.evaluation.linear.minimise import minimise

__all__ = ["fit_logistic"]

MOST_STEPS = 300


def fit_logistic(
    x: Array,
    labels: Array,
    classes: int,
    row_weights: Array | None = None,
    *,
    penalty: float = 1.0,
    tolerance: float = 1e-4,
) -> tuple[Array, Array, bool]:
    """Weights `(D, K)` and bias `(K,)` for inputs `(n, D)` and labels; whether they converged.

    They minimise −Σᵢ uᵢ log p(labelᵢ | xᵢ) + penalty/2 · ‖W‖², where uᵢ are the `row_weights`; the
    bias is not penalised.  With two classes the logit of the first is 0.  They have converged where
    the gradient, divided by the total weight of the rows, is at most `tolerance`.

    >>> x = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    >>> weights, bias, converged = fit_logistic(x, np.array([0, 0, 1, 1]), 2)
    >>> weights.round(1), converged
    (array([[0., 1.]]), True)
    """
    u = np.ones((len(x), 1)) if row_weights is None else row_weights.reshape(-1, 1)
    total, d = float(u.sum()), x.shape[1]
    binary = classes == 2
    wanted = labels[:, None] == (np.ones(1) if binary else np.arange(classes))
    true = wanted.astype(np.float64)

    def loss(parameters: Array) -> tuple[float, Array]:
        w, b = parameters[:-1], parameters[-1]
        z = x @ w
        z += b
        fit = float((u * z * true).sum())
        if binary:
            normaliser = np.logaddexp(0.0, z)
            p = np.exp(z - normaliser)
        else:
            top = z.max(axis=1, keepdims=True)
            p = np.exp(z - top)
            sums = p.sum(axis=1, keepdims=True)
            p /= sums
            normaliser = np.log(sums) + top
        p -= true
        p *= u
        gradient = np.empty_like(parameters)
        gradient[:-1] = x.T @ p + penalty * w
        gradient[-1] = p.sum(axis=0)
        return float((u * normaliser).sum()) - fit + penalty / 2 * float((w * w).sum()), gradient

    found, converged = minimise(
        loss,
        np.zeros((d + 1, true.shape[1])),
        first_step=4 / total,
        tolerance=tolerance * total,
        most_steps=MOST_STEPS,
    )
    if binary:
        found = np.concatenate([np.zeros_like(found), found], axis=1)
    return found[:-1], found[-1], converged
