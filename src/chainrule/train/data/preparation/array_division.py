"""The division of the rows of arrays, by groups or times that come as arrays beside them."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from chainrule.errors import DataError, OptionError
from chainrule.graph import Array
from chainrule.train.data.drawing.division import Division
from chainrule.train.data.labels import label_array

__all__ = ["array_division"]


class RowOptions(Protocol):
    """What `fit` is asked for about rows that are held out."""

    @property
    def folds(self) -> int | None: ...
    @property
    def group(self) -> Any: ...
    @property
    def time(self) -> Any: ...
    @property
    def test_fraction(self) -> float: ...
    @property
    def validation_fraction(self) -> float: ...
    @property
    def seed(self) -> int: ...


def array_division(options: RowOptions, rows: int, name: str = "arrays") -> Division:
    """How `rows` rows are divided; raises DataError for groups or times that are not theirs.

    Times are dates or numbers.
    """
    groups = times = None
    if options.group is not None:
        values = label_array("group", _of_rows(options.group, rows, "group"))
        values = values.astype(str) if values.dtype.kind == "O" else values
        groups = np.unique(values, return_inverse=True)[1]
    if options.time is not None:
        times = _numbers(_of_rows(options.time, rows, "time"))
    return Division(
        test_fraction=options.test_fraction,
        validation_fraction=options.validation_fraction,
        seed=options.seed,
        folds=options.folds,
        groups=groups,
        times=times,
        by="group" if groups is not None else "time",
        name=name,
    )


def _of_rows(values: Any, rows: int, role: str) -> Array:
    """The values as an array `(rows,)`."""
    if isinstance(values, str):
        raise OptionError(
            role,
            expected=f"the {role} of each row, an array (n,)",
            got=f"{values!r}, a name, for inputs that have none",
            remedy="pass the values, and leave them out of the inputs",
        )
    array = np.asarray(values)
    if array.shape not in ((rows,), (rows, 1)):
        raise DataError(
            role,
            expected=f"one for each of {rows} rows, shape ({rows},)",
            got=f"shape {array.shape}",
            remedy=f"bring the {role} of each row, in their order",
        )
    return array.reshape(rows)


def _numbers(given: Array) -> Array:
    """Times as float64: of dates the milliseconds since 1970, of numbers themselves."""
    values = given
    if values.dtype.kind in "OUS":
        numbers = all(isinstance(value, (int, float, np.number)) for value in values.tolist())
        try:
            values = values.astype(np.float64 if numbers else "datetime64[ms]")
        except (ValueError, TypeError):
            raise _no_time(given, _first_odd(given)) from None
    if values.dtype.kind == "M":
        missing = np.isnat(values)
        values = values.astype("datetime64[ms]").astype(np.float64)
    elif values.dtype.kind in "fiu":
        values = values.astype(np.float64)
        missing = ~np.isfinite(values)
    else:
        raise _no_time(given, 0)
    if missing.any():
        raise _no_time(given, int(np.argmax(missing)))
    return values


def _first_odd(values: Array) -> int:
    """The first entry that is no date by itself."""
    for row, value in enumerate(values.tolist()):
        try:
            np.array([value]).astype("datetime64[ms]")
        except (ValueError, TypeError):
            return row
    return 0


def _no_time(values: Array, row: int) -> DataError:
    return DataError(
        "time",
        expected="a date or a number for each row, to put the rows in order",
        got=f"{values[row]!s} at index {row}",
        remedy="write dates as 2026-01-31, or convert them; leave out rows without one",
    )
