"""Columns of pandas and arrays as columns of Polars, without pyarrow."""

from __future__ import annotations

import datetime
import decimal
import numbers
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.graph import Array
from chainrule.train.data.reading.cells.typed_columns import texts_of

if TYPE_CHECKING:
    import polars as pl

__all__ = ["polars_column"]

NOTHING = ("NoneType", "NAType", "NaTType")
"""The types of missing values, besides NaN."""

DATES = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)


def polars_column(name: str, column: Any) -> pl.Series:
    """A pandas Series or Index, a NumPy array or a list, as a Series of Polars called `name`.

    What pandas' nullable types mark is null. Categories of pandas stay categories, whatever their
    values are; periods and intervals become their texts. What is neither a number, a truth value, a
    text nor a date keeps a type that no table can have, such as a list.

    >>> polars_column("a", np.array([1, None, 2.5], object)).to_list()
    [1.0, None, 2.5]
    >>> polars_column("a", [1, "?"]).to_list()
    ['1', '?']
    """
    import polars as pl

    dtype = getattr(column, "dtype", None)
    if dtype is None or isinstance(dtype, pl.DataType):
        if isinstance(column, pl.Series):
            return column.alias(name)
        return _objects(name, list(column))
    if isinstance(dtype, np.dtype):
        array = np.asarray(column)
        return _objects(name, array.tolist()) if array.dtype.kind in "OUSV" else _array(name, array)
    kind = type(dtype).__name__
    if kind == "CategoricalDtype":
        return _categories(name, column)
    if kind == "ArrowDtype":
        arrow = column.array if hasattr(column, "array") else column
        return pl.Series(name, arrow.__arrow_array__())
    if kind == "SparseDtype":
        return polars_column(name, column.sparse.to_dense())
    if kind == "DatetimeTZDtype":
        return _array(name, column.to_numpy(dtype=f"datetime64[{dtype.unit}]"))
    if kind in ("PeriodDtype", "IntervalDtype"):
        missing = np.asarray(column.isna())
        texts = [None if gone else str(x) for x, gone in zip(column, missing, strict=True)]
        return pl.Series(name, texts, pl.String)
    if isinstance(plain := getattr(dtype, "numpy_dtype", None), np.dtype):
        missing = np.asarray(column.isna())
        values = pl.Series(name, column.to_numpy(dtype=plain, na_value=plain.type(0)))
        return values.set(pl.Series(missing), None) if missing.any() else values
    return _objects(name, column.to_numpy(dtype=object).tolist())


def _array(name: str, array: Array) -> pl.Series:
    """An array of numbers, truth values or moments."""
    import polars as pl

    kind = array.dtype.kind
    if kind == "f" and array.dtype.itemsize not in (4, 8):
        array = array.astype(np.float64 if array.dtype.itemsize > 8 else np.float32)
    if kind in "mM" and np.datetime_data(array.dtype)[0] not in ("ms", "us", "ns"):
        array = array.astype(f"{'datetime64' if kind == 'M' else 'timedelta64'}[us]")
    if kind == "c":
        return pl.Series(name, array.tolist(), pl.Object)
    return pl.Series(name, np.ascontiguousarray(array))


def _categories(name: str, column: Any) -> pl.Series:
    """The texts of a pandas column of categories, as categories of Polars."""
    import polars as pl

    categories = column.cat.categories
    texts = polars_column(name, categories)
    if texts.dtype == pl.Object:
        texts = pl.Series(name, list(map(str, categories)), pl.String)
    known = [*(texts if texts.dtype == pl.String else texts_of(texts)).to_list(), None]
    # One more entry than there are categories: code −1 (missing) reads the last.
    cells = np.array(known, object)[column.cat.codes.to_numpy()]
    return pl.Series(name, cells.tolist(), pl.String).cast(pl.Categorical)


def _objects(name: str, entries: Sequence[Any]) -> pl.Series:
    """Python objects: of one type, or of several that can be written as texts beside each other."""
    import polars as pl

    entries = [None if _is_missing(entry) else entry for entry in entries]
    kinds = set(map(type, entries)) - {type(None)}
    if not kinds:
        return pl.Series(name, entries, pl.Null)
    if _all(kinds, str):
        return _texts(name, entries)
    if _all(kinds, (bool, np.bool_)):
        return pl.Series(name, [None if x is None else bool(x) for x in entries], pl.Boolean)
    if not any(issubclass(kind, (bool, np.bool_)) for kind in kinds):
        if _all(kinds, numbers.Integral) and (whole := _whole(name, entries)) is not None:
            return whole
        if _all(kinds, (numbers.Real, decimal.Decimal)) and _all_floats(entries):
            return pl.Series(name, [None if x is None else float(x) for x in entries], pl.Float64)
    if _all(kinds, datetime.datetime):
        moments = [None if moment is None else _utc(moment) for moment in entries]
        return pl.Series(name, moments, pl.Datetime("us"))
    for kind in DATES[1:]:
        if _all(kinds, kind) and datetime.datetime not in kinds:
            return pl.Series(name, entries)
    if _all(kinds, (str, bool, np.bool_, numbers.Real, decimal.Decimal, *DATES[:3])):
        return _texts(name, [None if entry is None else str(entry) for entry in entries])
    try:
        found = pl.Series(name, entries)
    except Exception:  # of any kind, for objects that Polars has no type for
        found = None
    nested = found is not None and (found.dtype.is_nested() or found.dtype == pl.Binary)
    return found if found is not None and nested else pl.Series(name, entries, pl.Object)


def _whole(name: str, entries: Sequence[Any]) -> pl.Series | None:
    """Whole numbers in the first type that holds them all."""
    import polars as pl

    values = [None if entry is None else int(entry) for entry in entries]
    for dtype in (pl.Int64, pl.UInt64, pl.Int128):
        try:
            return pl.Series(name, values, dtype)
        except (OverflowError, TypeError, pl.exceptions.PolarsError):
            continue
    return None


def _all_floats(entries: Sequence[Any]) -> bool:
    try:
        return all(entry is None or float(entry) is not None for entry in entries)
    except OverflowError:
        return False


def _all(kinds: set[type], wanted: type | tuple[type, ...]) -> bool:
    return all(issubclass(kind, wanted) for kind in kinds)


def _is_missing(entry: Any) -> bool:
    if isinstance(entry, (float, np.floating)):
        return bool(entry != entry)
    return type(entry).__name__ in NOTHING or (
        isinstance(entry, (np.datetime64, np.timedelta64)) and bool(np.isnat(entry))
    )


def _utc(moment: datetime.datetime) -> datetime.datetime:
    if moment.tzinfo is not None:
        moment = moment.astimezone(datetime.UTC).replace(tzinfo=None)
    return moment


def _texts(name: str, texts: Sequence[str | None]) -> pl.Series:
    """Texts, in which what UTF-8 cannot hold is written as escapes."""
    import polars as pl

    try:
        return pl.Series(name, texts, pl.String)
    except UnicodeEncodeError:
        escaped = [text and text.encode("utf-8", "backslashreplace").decode() for text in texts]
        return pl.Series(name, escaped, pl.String)
