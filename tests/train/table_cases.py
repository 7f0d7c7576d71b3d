"""Small tables for tests, and the data sets prepared from them."""

import numpy as np

from chainrule.train.data.dataset import Dataset
from chainrule.train.data.load_dataset import prepare
from chainrule.train.data.table import Column, Table
from chainrule.train.options import RunOptions

CLASSES = ["no", "yes"] * 20


def table(**columns: object) -> Table:
    """A table of these columns; None is a missing value."""
    columns_by_name = {}
    for name, entries in columns.items():
        cells = list(entries)  # type: ignore[call-overload]
        if any(isinstance(cell, str) for cell in cells):
            levels = tuple(sorted({cell for cell in cells if cell is not None}))
            codes = np.array([-1 if cell is None else levels.index(cell) for cell in cells])
            columns_by_name[name] = Column(name, "category", codes, levels)
        else:
            numbers = np.array([np.nan if cell is None else cell for cell in cells], float)
            columns_by_name[name] = Column(name, "number", numbers)
    return Table("made", columns_by_name)


def prepared(raw: Table, **options: object) -> Dataset:
    """The data set of a table whose target is column `y`."""
    return prepare(raw, RunOptions("made", target="y", **{"validation_fraction": 0.1, **options}))  # type: ignore[arg-type]
