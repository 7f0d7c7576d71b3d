"""The area under the ROC curve, from ranks."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array

__all__ = ["auc", "macro_auc"]

LARGEST = 20_000_000
"""The most scores, rows × classes, that are sorted; ranks of more would take too long."""


def auc(positive: Array, scores: Array) -> float | None:
    """The area under the ROC curve of scores `(n,)` for rows that are `positive` `(n,)` or not.

    It is the probability that a positive row has a higher score than a negative one, where a tie
    counts one half: (R − p(p + 1)/2) / (p·q), with R the sum of the ranks of the p positive among
    all p + q rows, and the mean rank for ties.  None unless there are rows of both kinds.

    >>> auc(np.array([False, False, True, True]), np.array([0.1, 0.4, 0.35, 0.8]))
    0.75

    Hanley, McNeil: The meaning and use of the area under a receiver operating characteristic (ROC)
    curve, Radiology 143, 1982.
    """
    p = int(np.count_nonzero(positive))
    q = len(positive) - p
    if not p or not q:
        return None
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    ranks = (last - (count - 1) / 2)[place]
    return float((ranks[positive].sum() - p * (p + 1) / 2) / (p * q))


def macro_auc(labels: Array, scores: Array) -> float | None:
    """The AUC of scores `(n, K)` for labels `(n,)`: for two classes that of the second.

    For more, the mean of the AUCs of each class against all others, over the classes that have one.
    None if no class has, and for more than 20 million scores.

    >>> scores = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.5, 0.4, 0.1]])
    >>> macro_auc(np.array([0, 1, 1]), scores)
    1.0
    """
    if scores.size > LARGEST:
        return None
    if scores.shape[1] == 2:
        return auc(labels == 1, scores[:, 1])
    each = [auc(labels == k, scores[:, k]) for k in range(scores.shape[1])]
    found = [area for area in each if area is not None]
    return float(np.mean(found)) if found else None
