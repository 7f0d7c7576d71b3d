"""Columns whose type is known: from Polars' own inference, or from a file with types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chainrule.train.data.table import Column

if TYPE_CHECKING:
    import polars as pl

__all__ = ["texts_of", "typed_column"]

DAY = 86_400e6
"""Microseconds of a day."""


def texts_of(series: pl.Series) -> pl.Series:
    """Typed values as texts, whole numbers without a decimal point.

    >>> import polars as pl
    >>> texts_of(pl.Series([1.0, 2.5, float("nan")])).to_list()
    ['1', '2.5', None]
    """
    import polars as pl

    if series.dtype.is_float():
        return series.fill_nan(None).cast(pl.String).str.replace(r"\.0$", "")
    return series.cast(pl.String)


def typed_column(series: pl.Series) -> Column | None:
    """The column of numbers, truth values or dates; None for text, and for types that are none."""
    import polars as pl

    if series.dtype in (pl.Int128, pl.UInt128):  # which NumPy has not
        series = series.cast(pl.Float64)
    name, dtype = series.name, series.dtype
    if dtype in (pl.Float64, pl.Float32) or dtype.is_integer():
        # without an expression of Polars, which for 100,000 columns take minutes
        return Column(name, "number", series.to_numpy().astype(np.float64, copy=False))
    if dtype == pl.Boolean or dtype.is_numeric():
        values = series.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return Column(name, "boolean" if dtype == pl.Boolean else "number", values)
    if dtype == pl.Date or dtype == pl.Datetime:
        micros = series.cast(pl.Datetime("us")).to_physical().cast(pl.Float64)
        return Column(name, "date", micros.fill_null(float("nan")).to_numpy() / DAY)
    if dtype == pl.Time or dtype == pl.Duration:
        unit = 1e9 if dtype == pl.Time else 1e6
        sized = series if dtype == pl.Time else series.cast(pl.Duration("us"))
        values = sized.to_physical().cast(pl.Float64).fill_null(float("nan")).to_numpy() / unit
        # a time of the day is a share of it, a duration a number of seconds
        return Column(name, *(("date", values / 86_400) if unit == 1e9 else ("number", values)))
    if dtype == pl.Null:
        return Column(name, "number", np.full(len(series), np.nan))
    return None
