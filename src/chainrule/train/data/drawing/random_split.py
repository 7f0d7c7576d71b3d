"""The random draw of a part of the rows: the rows that scikit-learn's `train_test_split` draws.

Written here because importing scikit-learn takes longer than most trainings.
"""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array

__all__ = ["random_split"]


def random_split(
    rows: int, size: int, random_state: int, strata: Array | None = None
) -> tuple[Array, Array]:
    """The row numbers that remain, and the `size` ones that were drawn, each in random order.

    With `strata` `(rows,)`, every stratum keeps its share in both, to within a row.  Equal
    arguments give the rows of `sklearn.model_selection.train_test_split(range(rows),
    test_size=size, random_state=random_state, stratify=strata)`, bit for bit: runs that began with
    scikit-learn's splits go on with these.

    >>> rest, part = random_split(10, 4, random_state=0)
    >>> part.tolist()
    [2, 8, 4, 9]
    """
    random = np.random.RandomState(random_state)
    if strata is None:
        order = random.permutation(rows)
        return order[size:], order[:size]
    _, codes, counts = np.unique(strata, return_inverse=True, return_counts=True)
    members = np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])
    remain = _shares(counts, rows - size, random)
    drawn = _shares(counts - remain, size, random)
    rest, part = [], []
    for stratum, kept, taken in zip(members, remain.tolist(), drawn.tolist(), strict=True):
        shuffled = stratum[random.permutation(len(stratum))]
        rest.append(shuffled[:kept])
        part.append(shuffled[kept : kept + taken])
    return random.permutation(np.concatenate(rest)), random.permutation(np.concatenate(part))


def _shares(counts: Array, total: int, random: np.random.RandomState) -> Array:
    """How many of `total` rows come from each stratum: proportional, the largest remainders up."""
    exact = counts / counts.sum() * total
    shares = np.floor(exact)
    missing = int(total - shares.sum())
    remainders = exact - shares
    for remainder in np.unique(remainders)[::-1]:
        if missing <= 0:
            break
        tied = np.flatnonzero(remainders == remainder)
        raised = random.choice(tied, size=min(len(tied), missing), replace=False)
        shares[raised] += 1
        missing -= len(raised)
    return shares.astype(int)
