"""The folds of cross-validation: each row is held out once, in the fold that has its number.

The rules are scikit-learn's, which is not imported: that takes longer than most trainings.
"""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array

__all__ = ["fold_numbers", "group_fold_numbers"]


def fold_numbers(rows: int, folds: int, random_state: int, strata: Array | None = None) -> Array:
    """The fold `(rows,)` of every row, from 0; the folds have equal sizes, to within a row.

    With `strata` `(rows,)`, every stratum keeps its share in each fold, to within a row.  Equal
    arguments give the folds of scikit-learn's `StratifiedKFold(folds, shuffle=True,
    random_state=random_state)`, without strata those of `KFold`.

    >>> fold_numbers(6, 3, random_state=0).tolist()
    [2, 1, 0, 1, 2, 0]
    """
    random = np.random.RandomState(random_state)
    if strata is None:
        order = np.arange(rows)
        random.shuffle(order)
        sizes = np.full(folds, rows // folds)
        sizes[: rows % folds] += 1
        found = np.empty(rows, np.int64)
        found[order] = np.arange(folds).repeat(sizes)
        return found
    _, first, inverse = np.unique(strata, return_index=True, return_inverse=True)
    codes = np.argsort(np.argsort(first))[inverse]  # in the order in which they first appear
    ordered, kinds = np.sort(codes), len(first)
    found = np.empty(rows, np.int64)
    shares = [np.bincount(ordered[fold::folds], minlength=kinds) for fold in range(folds)]
    for kind in range(kinds):
        drawn = np.arange(folds).repeat([share[kind] for share in shares])
        random.shuffle(drawn)
        found[codes == kind] = drawn
    return found


def group_fold_numbers(groups: Array, folds: int, random_state: int) -> Array:
    """The fold `(rows,)` of every row, from 0, where rows of one of the `groups` have one fold.

    The largest group comes first, each into the fold with the fewest rows so far, as in
    scikit-learn's `GroupKFold`; of groups of one size the order is random.

    >>> group_fold_numbers(np.array([7, 7, 7, 8, 9, 9]), 2, random_state=0).tolist()
    [0, 0, 0, 1, 1, 1]
    """
    _, codes, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    shuffled = np.random.RandomState(random_state).permutation(len(sizes))
    order = shuffled[np.argsort(-sizes[shuffled], kind="stable")]
    filled, fold_of = np.zeros(folds, np.int64), np.empty(len(sizes), np.int64)
    for group, size in zip(order.tolist(), sizes[order].tolist(), strict=True):
        fold_of[group] = np.argmin(filled)
        filled[fold_of[group]] += size
    return fold_of[codes]
