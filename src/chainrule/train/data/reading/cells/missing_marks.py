"""Marks that stand for "no value"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

__all__ = ["ALWAYS", "AMONG_NUMBERS", "marked", "parse_marks"]

ALWAYS = ("", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "-nan", "NULL", "null")
"""The cells of a CSV file that stand for "no value", as pandas reads and writes them."""

AMONG_NUMBERS = (
    *("?", "??", "-", "--", "---", "–", "—", ".", "..", "...", "*", "**", "/", "\\N"),
    *("None", "none", "NONE", "nil", "Nil", "Null", "na", "Na", "N.A.", "n.a.", "n.a", "N.A"),
    *("NAN", "Nan", "NaT", "nat", "(null)", "(NULL)", "#NA", "#NAN", "#VALUE!", "#DIV/0!"),
    *("#REF!", "#NUM!", "#NULL!", "#NAME?", "#N/A N/A", "missing", "Missing", "MISSING"),
    *("unknown", "Unknown", "UNKNOWN", "not available", "Not Available"),
)
"""Marks where every other cell is a number, a date or a truth value; among words they are words."""


def parse_marks(texts: Sequence[str]) -> tuple[str, ...]:
    """The marks in comma-separated lists.

    >>> parse_marks(["?,-", "None"])
    ('?', '-', 'None')
    """
    return tuple(mark.strip() for text in texts for mark in text.split(","))


def marked(cells: pl.Series) -> dict[str, int]:
    """How often each of `AMONG_NUMBERS` is among the cells."""
    found = cells.filter(cells.is_in(list(AMONG_NUMBERS))).drop_nulls()
    if not len(found):
        return {}
    counts = found.value_counts(sort=True)
    return dict(zip(counts.to_series(0).to_list(), counts.to_series(1).to_list(), strict=True))
