"""The rows of a table that have an answer."""

from __future__ import annotations

import dataclasses

import numpy as np

from chainrule.errors import DataError
from chainrule.train.data.table import Table, check_complete

__all__ = ["answered_rows"]


def answered_rows(table: Table, target: str, required: bool) -> tuple[Table, int]:
    """The table without rows whose answer is missing, and how many they were.

    Raises `DataError` if no row has an answer, and where an answer is `required` for rows without.
    """
    missing = table.columns[target].missing
    if missing.all():
        raise DataError(
            f"target column {target!r}",
            expected="values",
            got="none in any row",
            remedy="fill the column in, or choose another target",
        )
    if required:
        check_complete(table, [target], "remove these rows, or leave --require-target out")
    if not missing.any():
        return table, 0
    rows = np.flatnonzero(~missing)
    columns = {name: column.take(rows) for name, column in table.columns.items()}
    return dataclasses.replace(table, columns=columns), int(missing.sum())
