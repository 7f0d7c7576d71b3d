"""What columns may be meant as, although nothing says so: codes, dates, numbers of rows."""

from __future__ import annotations

import re
import shlex

import numpy as np

from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.preparation.empty_values import (
    constant_hint,
    is_constant,
    stand_in_hint,
)
from chainrule.train.data.table import Column, Table

__all__ = ["hints"]

MOST_CODES = 20
LEAST_CODE = 1000
"""Whole numbers of so few values, and all so large, are often codes."""

YEARS = (1800, 2100)

_programmed = re.compile(
    r"[+-]?(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|[0-9]+(_[0-9]+)+(\.[0-9]+)?)"
).fullmatch
"""Whether a text is a number as programs write it, such as 0x10 or 1_000."""


def hints(table: Table, encoder: Encoder) -> tuple[str, ...]:
    """A line for each input that may be no quantity, with the option that says so.

    >>> import numpy as np
    >>> from chainrule.train.data.encoding.column_coder import ColumnCoder
    >>> from chainrule.train.data.encoding.target_coder import TargetCoder
    >>> zip_code = Column("zip", "number", np.array([10115.0, 60311.0] * 20))
    >>> coders = Encoder((ColumnCoder("zip", "number"),), TargetCoder("y", "regression"))
    >>> hints(Table("t", {"zip": zip_code}), coders)
    ('`zip` has 2 values, all of them large: if they are codes, --categorical zip',)
    """
    found, constant = list[str](), list[str]()
    for coder in encoder.columns:
        column = table.columns[coder.name]
        if is_constant(column):
            constant.append(coder.name)
            continue
        if coder.kind == "number" and not column.group and (hint := _hint(column)):
            found.append(hint)
        if not coder.buckets and (hint := stand_in_hint(column)):
            found.append(hint)
        if coder.kind == "category" and any(map(_programmed, column.levels)):
            example = next(text for text in column.levels if _programmed(text))
            found.append(
                f"`{coder.name}` is taken as text, as categories: it has numbers as programs write"
                f" them, such as {example!r}; if they are quantities, write them in decimal digits"
            )
    if constant:
        found.append(constant_hint(constant))
    if encoder.target.task == "classification":
        column = table.columns[encoder.target.name]
        if column.kind == "number":
            found.append(
                f"the {len(encoder.target.classes)} different numbers of `{column.name}` are taken"
                " for classes; --task regression predicts numbers"
            )
    return tuple(found)


def _hint(column: Column) -> str:
    values = column.values[~column.missing]
    if len(values) < 10 or not (values == np.floor(values)).all():
        return ""
    name, said = column.name, shlex.quote(column.name)
    if _compact_dates(values):
        return f"`{name}` looks like dates: if it is, --date-format {said}=%Y%m%d"
    if (np.diff(values) == 1).all():
        return f"`{name}` numbers the rows: if it says nothing else, --drop {said}"
    low, high = values.min(), values.max()
    if low < LEAST_CODE or YEARS[0] <= low <= high <= YEARS[1]:
        return ""
    distinct = np.unique(values)
    if len(distinct) <= MOST_CODES:
        return (
            f"`{name}` has {len(distinct)} values, all of them large: if they are codes,"
            f" --categorical {said}"
        )
    return ""


def _compact_dates(values: np.ndarray) -> bool:
    """Whether all numbers can be read as dates such as 20240131."""
    if values.min() < YEARS[0] * 10_000 or values.max() > YEARS[1] * 10_000 + 1231:
        return False
    years, days = np.divmod(values, 10_000)
    months, days = np.divmod(days, 100)
    return bool(
        (
            (years >= YEARS[0])
            & (years <= YEARS[1])
            & (months >= 1)
            & (months <= 12)
            & (days >= 1)
            & (days <= 31)
        ).all()
    )
