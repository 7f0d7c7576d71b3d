"""The answers of a table as they are written, where they may be labels: 007, 1e5, 2024-02-01."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chainrule.train.data.reading.cells.inference import category
from chainrule.train.data.table import Column

if TYPE_CHECKING:
    import polars as pl

__all__ = ["are_quantities", "texts_of_values", "with_texts"]

MOST_FRACTIONS = 1000
"""More different numbers than this that are not whole are quantities, never labels."""


def are_quantities(series: pl.Series) -> bool:
    """Whether so many of these numbers are different and not whole that they can be no labels.

    Then `with_texts` leaves a column with them as it is, whatever else is in it.
    """
    if not series.dtype.is_float():
        return False
    values = series.drop_nulls().drop_nans()
    return bool((values != values.floor()).any()) and values.n_unique() > MOST_FRACTIONS


def texts_of_values(series: pl.Series) -> pl.Series | None:
    """How whole numbers and moments of a typed file are written; None for other columns."""
    import polars as pl

    if series.dtype == pl.Datetime:
        moments = [None if moment is None else str(moment) for moment in series.to_list()]
        return pl.Series(series.name, moments, pl.String)
    written = series.dtype.is_integer() or series.dtype in (pl.Date, pl.String)
    return series.cast(pl.String) if written else None


def with_texts(column: Column, written: pl.Series) -> Column:
    """The column with labels as its values were written, unless they can only be quantities."""
    if column.kind == "category":
        return column
    whole = column.values == np.floor(column.values)
    if not whole[~column.missing].all() and written.n_unique() > MOST_FRACTIONS:
        return column
    texts = category(written)
    return column.as_written(texts.levels, texts.values)
