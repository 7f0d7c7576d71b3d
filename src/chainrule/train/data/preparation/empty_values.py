"""Values that may stand for none: -99 among answers, words among numbers, one that never varies."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

import numpy as np

from chainrule.train.data.table import Column

__all__ = ["constant_hint", "is_constant", "stand_in_hint"]

STAND_INS = (-9, -99, -999, -9999, -99999, 99, 999, 9999, 99999, 999999)
"""Numbers that surveys and instruments write where there is no value."""

LEAST_CELLS = 2

FAR = 5
"""So many times the greatest of the others is a positive one at least."""

LEAST_NUMBERS, MOST_WORDS = 10, 3
"""Of a category with so many different numbers and no more words, these may be missing values."""

MOST_LISTED = 8

_number = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?").fullmatch


def stand_in_hint(column: Column) -> str:
    """That a value of a column may stand for none, with the option that says so; else nothing.

    >>> stand_in_hint(Column("age", "number", np.array([20.0, -99.0, 31.0, -99.0])))
    '`age` is -99 in 2 cells, far from the others: if that is no value, --missing=-99'
    """
    if column.kind == "category":
        return _words(column)
    if column.kind != "number" or column.group:
        return ""
    for number in STAND_INS:
        cells = column.values == number
        count = int(cells.sum())
        if count < LEAST_CELLS:
            continue
        others = column.values[~cells & ~column.missing]
        if len(np.unique(others)) > 1 and _is_far(number, others):
            return (
                f"`{column.name}` is {number} in {count:,} cells, far from the others: if that is"
                f" no value, --missing={number}"
            )
    return ""


def _is_far(number: int, others: np.ndarray) -> bool:
    low, high = others.min(), others.max()
    return bool(low >= 0 and (number < 0 or 0 < FAR * high < number))


def _words(column: Column) -> str:
    numbers = sum(_number(level) is not None for level in column.levels)
    words = [level for level in column.levels if _number(level) is None]
    if numbers < LEAST_NUMBERS or not 0 < len(words) <= MOST_WORDS:
        return ""
    if any("," in word or re.search(r"\d", word) for word in words):
        return ""
    are = "is" if len(words) == 1 else "are"
    return (
        f"`{column.name}` is taken for categories, since {' and '.join(map(repr, words))} {are}"
        f" among its numbers: if that is no value, --missing={shlex.quote(','.join(words))}"
    )


def is_constant(column: Column) -> bool:
    """Whether all rows have one value, none of them a missing one."""
    values = column.values
    return bool(not column.group and len(values) and (values == values[0]).all()) and not bool(
        column.missing[0]
    )


def constant_hint(names: Sequence[str]) -> str:
    """That these columns are the same in all rows, with the option to leave them out.

    >>> constant_hint(["status", "firm"])
    '2 columns are the same in all rows: `status`, `firm`; --drop status,firm'
    """
    said = ", ".join(f"`{name}`" for name in names[:MOST_LISTED])
    if len(names) == 1:
        return f"{said} is the same in all rows, and says nothing: --drop {shlex.quote(names[0])}"
    first = f"{len(names)} columns are the same in all rows: {said}"
    if len(names) > MOST_LISTED:
        return f"{first} and {len(names) - MOST_LISTED} more"
    if any("," in name for name in names):
        return first
    return f"{first}; --drop {shlex.quote(','.join(names))}"
