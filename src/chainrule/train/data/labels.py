"""Labels in memory, of any dtype, as a column: none is missing, and no two of them become one."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from chainrule.errors import DataError
from chainrule.graph import Array
from chainrule.train.data.table import Column

__all__ = ["check_plain", "label_array", "label_column"]

EXACT = 2**53
"""Up to this, float64 represents every whole number."""

LARGEST = int(np.finfo(np.float64).max)

_EXACT_NUMBERS = (int, np.integer, Decimal, Fraction)

NO_LABELS = ("nan", "NaN", "NaT", "<NA>")
"""What a missing value becomes where NumPy turns objects into text."""


def check_plain(name: str, role: str, given: Any) -> None:
    """Raise DataError for what NumPy would not take for an array of numbers or labels.

    These are masked entries, whose values it would use, sparse matrices, which it would take for
    one object, rows of several lengths, structured arrays and complex numbers.
    """
    if type(given).__module__.partition(".")[0] != "numpy" and hasattr(given, "toarray"):
        raise DataError(
            name,
            expected=f"{role} in a dense array",
            got=f"a sparse {type(given).__name__} of shape {getattr(given, 'shape', '?')}",
            remedy="convert it with .toarray(), some rows at a time if it is large",
        )
    try:
        array = np.asarray(given)
    except ValueError:
        raise DataError(
            name,
            expected=f"{role} in rows of one length",
            got="rows of several lengths",
            remedy="fill the short ones up, as cr.nn.padded does, or cut the long ones",
        ) from None
    if array.dtype.names is not None:
        raise DataError(
            name,
            expected=f"{role} of one dtype",
            got=f"a structured array with the fields {', '.join(array.dtype.names)}",
            remedy="stack its fields: np.stack([a[field] for field in a.dtype.names], axis=1)",
        )
    if array.dtype.kind == "c":
        raise DataError(
            name,
            expected=f"{role} that are real",
            got=f"dtype {array.dtype}",
            remedy="take .real and .imag as two columns, or np.abs",
        )
    if isinstance(given, np.ma.MaskedArray) and np.any(given.mask):
        raise DataError(
            name,
            expected=f"{role} without missing values",
            got=f"{int(np.sum(given.mask))} masked",
            remedy="fill them in, or remove these rows",
        )


def label_array(name: str, labels: Any) -> Array:
    """The labels as an array, of numbers or booleans wherever all of them are.

    Raises DataError for labels that are missing (None, NaN, NaT or <NA>), and for labels of several
    types, such as 1 and "1".

    >>> label_array("y", [10, 9, 2]).dtype.kind, label_array("y", ["b", "a"]).dtype.kind
    ('i', 'O')
    """
    array = np.asarray(labels)
    if array.dtype.kind in "US" and not isinstance(labels, np.ndarray):
        array = np.asarray(labels, object)  # NumPy turns a list of 1 and "1", or of NaN, into texts
    if array.dtype.kind in "fiub":
        return array
    flat = array.reshape(-1)
    entries = flat.tolist()
    kinds = _kinds(entries)
    missing: list[int] = []
    if array.dtype.kind in "mM":
        missing = np.flatnonzero(np.isnat(flat)).tolist()
    elif kinds != {"text"} or not set(NO_LABELS).isdisjoint(entries):
        missing = [i for i, label in enumerate(entries) if _is_missing(label)]
    if missing:
        raise DataError(
            name,
            expected="a label in every row",
            got=f"{flat[missing[0]]!s} in row {missing[0]} ({len(missing)} missing in all)",
            remedy="remove these rows: answers are never filled in",
        )
    if array.dtype.kind != "O":
        return array
    if kinds <= {"whole"}:
        _check_length(name, array)
        return _whole(array)
    if kinds <= {"whole", "number"}:
        return array.astype(np.float64)
    if len(kinds) > 1:
        one, other = (
            next(x for x in entries if _kind(type(x)) == kind) for kind in sorted(kinds)[:2]
        )
        raise DataError(
            name,
            expected="labels of one type",
            got=f"{one!r} and {other!r}",
            remedy="convert them, by y.astype(str) or y.astype(int)",
        )
    return array.astype(bool) if kinds == {"boolean"} else array


def label_column(labels: Array) -> Column:
    """Labels `(n,)` as a column called y.

    >>> label_column(np.array([2**53 + 1, 2**53, 5])).distinct()
    ('5', '9007199254740992', '9007199254740993')
    """
    kind = labels.dtype.kind
    if kind in "fb" or (kind in "iu" and max(int(labels.max()), -int(labels.min())) <= EXACT):
        return Column("y", "boolean" if kind == "b" else "number", labels.astype(np.float64))
    if kind in "iu" or (kind == "O" and _kinds(labels.tolist()) == {"whole"}):
        if max(int(labels.max()), -int(labels.min())) > LARGEST:
            return _by_value(labels)
        distinct, codes = np.unique(labels, return_inverse=True)
        levels = tuple(map(str, distinct.tolist()))
        values = labels.astype(np.float64)
        return Column("y", "number", values, levels, codes=codes.astype(np.int64))
    if kind == "O" and all(isinstance(label, _EXACT_NUMBERS) for label in labels):
        return _by_value(labels)
    distinct, codes = np.unique(labels.astype(str), return_inverse=True)
    return Column("y", "category", codes.astype(np.int64), tuple(map(str, distinct)))


def _by_value(labels: Array) -> Column:
    """Classes in the order of their numbers, which float64 does not represent; each as written."""
    distinct, codes = np.unique(labels, return_inverse=True)
    return Column("y", "category", codes.astype(np.int64), tuple(map(str, distinct)))


def _is_missing(label: Any) -> bool:
    if label is None or (isinstance(label, str) and label in NO_LABELS):
        return True
    try:
        return bool(label != label)
    except TypeError:  # pandas.NA is neither
        return type(label).__name__ == "NAType"


def _kinds(labels: Iterable[Any]) -> set[str]:
    """The kinds of labels in an array of objects."""
    return set(map(_kind, set(map(type, labels))))


def _kind(kind: type) -> str:
    """The kind of the labels of a type."""
    if issubclass(kind, (bool, np.bool_)):
        return "boolean"
    if issubclass(kind, (int, np.integer)):
        return "whole"
    if issubclass(kind, (float, np.floating)):
        return "number"
    return "text" if issubclass(kind, str) else kind.__name__


def _check_length(name: str, array: Array) -> None:
    """Raise DataError for a whole number that has more digits than Python writes."""
    most = sys.get_int_max_str_digits()
    if most and max(int(array.max()), -int(array.min())) >= 10**most:
        raise DataError(
            name,
            expected=f"whole numbers of at most {most:,} digits as labels",
            got="a longer one",
            remedy="number the classes: np.unique(y, return_inverse=True)[1]",
        )


def _whole(array: Array) -> Array:
    """Whole numbers as int64, or as they are where one is too large for it."""
    try:
        return array.astype(np.int64)
    except OverflowError:
        return array
