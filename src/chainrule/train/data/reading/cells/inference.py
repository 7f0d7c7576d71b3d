"""The kind of a column, and its values, from its texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from chainrule.train.data.reading.cells.date_formats import ISO, date_formats, days_of
from chainrule.train.data.reading.cells.missing_marks import marked
from chainrule.train.data.reading.cells.number_formats import (
    DecimalMark,
    Known,
    are_numbers,
    fits,
    parse_numbers,
    plain_numbers,
)
from chainrule.train.data.reading.problems import Problem
from chainrule.train.data.reading.reading_options import GivenKind
from chainrule.train.data.table import Column

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Inferred", "category", "infer_plain", "infer_text"]

TRUTH = ("true", "false", "True", "False", "TRUE", "FALSE")

MOSTLY = 0.9
"""From this share of numbers on, a column is one of numbers, some of which cannot be read."""

LEAST_NUMBERS, LEAST_BESIDE_FEW = 10, 3
"""Fewer different numbers than this may be codes, beside words; the latter beside next to none."""

FEW = 0.01
"""The share of cells, or a single one, that is next to none."""

MOST_CATEGORIES = 50
"""The most codes that a remedy takes for categories."""

MOST_LISTED = 6

_PLAIN = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_PROGRAMMED = r"^[+-]?(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|\d+(_\d+)+(\.\d+)?)$"


@final
@dataclass(frozen=True, eq=False)
class Inferred:
    """A column, what is peculiar about its cells, which marks are missing values, and problems.

    With a problem, the column is one of categories.  `form` is the format of its dates.
    """

    column: Column
    peculiar: tuple[str, ...] = ()
    marks: Mapping[str, int] | None = None
    problem: Problem | None = None
    form: str = ""


def infer_text(
    cells: pl.Series,
    given: GivenKind | None,
    form: str | None,
    decimal: DecimalMark,
    known: Known,
) -> Inferred:
    """The column whose cells are these texts, without outer spaces; null is missing.

    With the kind `given`, it is a problem if it does not fit; `form` is the format of dates.  Where
    it is ambiguous which decimal mark a file has, so are numbers that are others with each.
    """
    if given == "category":
        return Inferred(category(cells))
    if not cells.count():
        kind = given or "number"
        return Inferred(Column(cells.name, kind, np.full(len(cells), np.nan)))
    marks = marked(cells)
    present = cells.set(cells.is_in(list(marks)), None) if marks else cells
    found = None
    if present.count():
        if given is None and (truth := _truth(present)) is not None:
            return Inferred(truth, marks=marks)
        if given != "date":
            found = _numbers(present, decimal, known)
        if found is None and given != "number":
            found = _dates(present, form, compact=given == "date")
    else:
        found = Inferred(Column(cells.name, given or "number", np.full(len(cells), np.nan)))
    if found is not None:
        column = found.column if found.problem is None else category(cells)
        return Inferred(column, found.peculiar, marks, found.problem, found.form)
    return Inferred(category(cells), problem=_misfit(present, given, decimal))


def infer_plain(cells: pl.Series, given: GivenKind | None, numbers: bool = False) -> Inferred:
    """The column whose cells are these texts, where only ISO dates are more than words.

    With `numbers`, so are numbers and truth values as programs write them.
    """
    if given == "category":
        return Inferred(category(cells))
    if not cells.count():
        return Inferred(Column(cells.name, "number", np.full(len(cells), np.nan)))
    if numbers and (truth := _truth(cells)) is not None:
        return Inferred(truth)
    if numbers and (plain := plain_numbers(cells)) is not None:
        return Inferred(Column(cells.name, "number", _array(plain)))
    problem, days = _programmed(cells), days_of(cells, ISO)
    if days is not None:
        return Inferred(Column(cells.name, "date", _array(days)))
    return Inferred(category(cells), problem=problem)


def category(cells: pl.Series) -> Column:
    """Texts as a column of categories, in the order of the texts."""
    import polars as pl

    levels = cells.drop_nulls().unique().sort()
    codes = cells.cast(pl.Enum(levels)).to_physical().cast(pl.Int32).fill_null(-1)
    return Column(cells.name, "category", codes.to_numpy().astype(np.int32), (*levels.to_list(),))


def _truth(cells: pl.Series) -> Column | None:
    import polars as pl

    if not cells.is_in(list(TRUTH)).all():
        return None
    values = cells.str.to_lowercase() == "true"
    return Column(cells.name, "boolean", _array(values.cast(pl.Float64)))


def _numbers(cells: pl.Series, decimal: DecimalMark, known: Known) -> Inferred | None:
    if decimal == "." and (plain := plain_numbers(cells)) is not None:
        return Inferred(Column(cells.name, "number", _array(plain)))
    other: DecimalMark = "," if decimal == "." else "."
    both = known == "ambiguous" and fits(cells, decimal) and fits(cells, other)
    if both and cells.str.contains(",", literal=True).any():
        problem = Problem(
            f"numbers in column {cells.name!r} that can be read in one way",
            f"{cells.drop_nulls()[0]!r}, whose comma may separate thousands or decimals",
            ("--decimal", ","),
        )
        return Inferred(Column(cells.name, "number", np.zeros(len(cells))), problem=problem)
    numbers = parse_numbers(cells, decimal)
    if numbers is None and known != "said":
        numbers = parse_numbers(cells, other)
    if numbers is None:
        return None
    return Inferred(Column(cells.name, "number", _array(numbers.values)), numbers.peculiar)


def _dates(cells: pl.Series, form: str | None, compact: bool) -> Inferred | None:
    name = cells.name
    if form is not None and (days := days_of(cells, form)) is not None:
        return Inferred(Column(name, "date", _array(days)), _said(form), form=form)
    found = date_formats(cells, compact)
    if not found:
        return None
    form, days = next(iter(found.items()))
    problem = None
    if len(found) > 1:
        several = cells.filter(days != list(found.values())[1])[0]
        problem = Problem(
            f"dates in column {name!r} that can be read in one way",
            f"{several!r}, which may be {' or '.join(found)}",
            ("--date-format", f"{name}={form}"),
        )
    return Inferred(Column(name, "date", _array(days)), _said(form), problem=problem, form=form)


def _said(form: str) -> tuple[str, ...]:
    return () if form == ISO else (form.replace("%.f", ""),)


def _misfit(cells: pl.Series, given: GivenKind | None, decimal: DecimalMark) -> Problem | None:
    """What keeps a column from being one of numbers or dates, if it seems to be one."""
    name = cells.name
    if given == "date":
        return Problem(
            f"dates in column {name!r}, such as 2026-01-31",
            f"{cells.drop_nulls()[0]!r}",
            ("--drop", name),
        )
    if (programmed := _programmed(cells)) is not None:
        return programmed
    if given is None and not cells.str.contains(r"\d").mean() >= MOSTLY:  # type: ignore[operator]
        return None
    readable = are_numbers(cells, decimal)
    good, bad = int(readable.sum()), int((~readable).sum())
    if given is None and good < MOSTLY * (good + bad):
        return None
    odd, numbers = cells.filter(~readable), cells.filter(readable)
    least = LEAST_NUMBERS if len(odd) > max(1.0, FEW * len(cells)) else LEAST_BESIDE_FEW
    if given is None and numbers.n_unique() < least:
        return None
    distinct = odd.unique(maintain_order=True).head(MOST_LISTED).to_list()
    wordy = not odd.str.contains(r"\d").any() and odd.n_unique() <= MOST_LISTED
    if wordy and not any("," in cell for cell in distinct):
        fix = ("--missing", ",".join(distinct))
    elif given is None and cells.n_unique() <= MOST_CATEGORIES:
        fix = ("--categorical", name)
    else:
        fix = ("--drop", name)
    return Problem(
        f"numbers in column {name!r}",
        f"{', '.join(map(repr, distinct))} ({len(odd)} such cell{'s' * (len(odd) != 1)})",
        fix,
    )


def _programmed(cells: pl.Series) -> Problem | None:
    """Numbers, some of which are written as in a program: silently they would be categories."""
    written = cells.drop_nulls()
    odd = written.filter(written.str.contains(_PROGRAMMED))
    plain = written.filter(written.str.contains(_PLAIN))
    if not (len(odd) and len(plain) and len(odd) + len(plain) == len(written)):
        return None
    return Problem(
        f"numbers in column {cells.name!r}, such as {plain[0]}",
        f"{odd[0]!r}, as programs write them ({len(odd)} such cells)",
        ("--categorical", cells.name),
    )


def _array(values: pl.Series) -> np.ndarray:
    return values.fill_null(float("nan")).to_numpy().astype(np.float64)
