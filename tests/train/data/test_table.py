"""Columns: their labels as text."""

import numpy as np

from chainrule.train.data.table import Column


def test_labels_of_numbers() -> None:
    column = Column("n", "number", np.array([2.0, 0.5, np.nan, -1.0]))
    assert column.labels() == ["2", "0.5", None, "-1"]
    assert column.distinct() == ("-1", "0.5", "2")
    assert Column("b", "boolean", np.array([1.0, 0.0])).labels() == ["true", "false"]
