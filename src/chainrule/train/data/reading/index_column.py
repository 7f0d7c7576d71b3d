"""Columns that only number or name the rows: the index of a data frame, written with it."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from chainrule.train.data.reading.frame import Frame

if TYPE_CHECKING:
    import polars as pl

__all__ = ["INDEX", "is_index", "is_unnamed", "without_index"]

UNNAMED = re.compile(r"Unnamed: \d+|__index_level_\d+__|__UNNAMED__\d+")
"""What pandas and Polars call a column without a name."""

INDEX = "a column left out: it has no name, and only numbers or names the rows"


def is_unnamed(name: str) -> bool:
    """Whether a name only says that there is none."""
    return UNNAMED.fullmatch(name) is not None


def is_index(series: pl.Series) -> bool:
    """Whether the values only name the rows: whole numbers one after the other, or all distinct.

    >>> import polars as pl
    >>> is_index(pl.Series([1, 2, 3])), is_index(pl.Series(["a", "b"])), is_index(pl.Series([1, 3]))
    (True, True, False)
    """
    import polars as pl

    if series.null_count() or not len(series):
        return False
    if series.dtype.is_integer():
        return bool((series.diff().drop_nulls() == 1).all())
    return series.dtype == pl.String and series.n_unique() == len(series)


def without_index(frame: Frame) -> Frame:
    """The frame of a file with types, without the index that was written with it."""
    index = [name for name in frame.data.columns if is_unnamed(name) and is_index(frame.data[name])]
    if not index:
        return frame
    notes = (*frame.notes, *[INDEX] * len(index))
    return dataclasses.replace(
        frame, data=frame.data.drop(index), notes=notes, ignored=(*frame.ignored, *index)
    )
