"""The data sets that ship with scikit-learn, as tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.train.data.table import Column, Table

__all__ = ["DATA_SETS", "load_sklearn"]

DATA_SETS = ("digits", "iris", "wine", "breast-cancer", "diabetes")
"""Their names; nothing is downloaded."""


def load_sklearn(name: str) -> Table:
    """One of `DATA_SETS`, with its answers in column `target`, diabetes in its original units.

    The pixels of digits are one group, since they share one unit.
    """
    from sklearn import datasets

    if name == "diabetes":
        # Unscaled: scikit-learn's scaling was fitted to all rows, including held-out ones.
        bunch: Any = datasets.load_diabetes(scaled=False)
    else:
        bunch = getattr(datasets, f"load_{name.replace('-', '_')}")()
    group = "pixel" if name == "digits" else ""
    columns = {
        str(label): Column(str(label), "number", np.asarray(values, np.float64), group=group)
        for label, values in zip(bunch.feature_names, np.asarray(bunch.data).T, strict=True)
    }
    if name == "diabetes":
        columns["target"] = Column("target", "number", np.asarray(bunch.target, np.float64))
    else:
        levels = tuple(str(level) for level in bunch.target_names)
        columns["target"] = Column("target", "category", bunch.target.astype(np.int64), levels)
    return Table(name, columns, target="target")
