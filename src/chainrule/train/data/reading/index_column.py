"""Columns that only number or name the rows: the index of a data frame, written with it."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import numpy as np

from chainrule.train.data.reading.cells.coded_texts import CodedTexts
from chainrule.train.data.reading.frame import Frame, Typed

if TYPE_CHECKING:
    import polars as pl

__all__ = ["INDEX", "is_index", "is_unnamed", "without_index"]

UNNAMED = re.compile(r"Unnamed: \d+|__index_level_\d+__|__UNNAMED__\d+")
"""What pandas and Polars call a column without a name."""

INDEX = "a column left out: it has no name, and only numbers or names the rows"


def is_unnamed(name: str) -> bool:
    """Whether a name only says that there is none."""
    return UNNAMED.fullmatch(name) is not None


def is_index(column: pl.Series | CodedTexts | Typed) -> bool:
    """Whether the values only name the rows: whole numbers one after the other, or all distinct.

    >>> import polars as pl
    >>> is_index(pl.Series([1, 2, 3])), is_index(pl.Series(["a", "b"])), is_index(pl.Series([1, 3]))
    (True, True, False)
    """
    import polars as pl

    if isinstance(column, Typed):
        values = column.column.values  # a missing one is no number after another
        return column.dtype.is_integer() and bool((np.diff(values) == 1).all())
    if isinstance(column, CodedTexts) or column.null_count() or not len(column):
        return False
    if column.dtype.is_integer():
        return bool((column.diff().drop_nulls() == 1).all())
    return column.dtype == pl.String and column.n_unique() == len(column)


def without_index(frame: Frame) -> Frame:
    """The frame of a file with types, without the index that was written with it."""
    index = [name for name, column in frame.data.items() if is_unnamed(name) and is_index(column)]
    if not index:
        return frame
    data = {name: column for name, column in frame.data.items() if name not in index}
    notes = (*frame.notes, *[INDEX] * len(index))
    return dataclasses.replace(frame, data=data, notes=notes, ignored=(*frame.ignored, *index))
