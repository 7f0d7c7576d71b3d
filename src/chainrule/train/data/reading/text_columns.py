"""Columns of text: numbers with a sign +, dates or categories, and a note on those in doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from chainrule.errors import DataError
from chainrule.graph import Array
from chainrule.train.data.table import Column

if TYPE_CHECKING:
    import polars as pl

__all__ = ["as_category", "infer_text"]

SHORT = 2000
"""The most cells whose distinct texts Python finds sooner than Polars plans to."""

_plain = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?").fullmatch
_programmed = re.compile(
    r"[+-]?(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|[0-9]+(_[0-9]+)+(\.[0-9]+)?)"
).fullmatch
_formatted = re.compile(
    r"[+\-\u2212]?\s?[$€£¥]?\s?[+\-\u2212]?"
    r"([0-9]+|[0-9]{1,3}([ ,.'\u2019\u00a0\u2009\u202f][0-9]{3})+)([.,][0-9]*)?"
    r"([eE][+\-\u2212]?[0-9]+)?\s?[%$€£¥]?"
    r"|[+\-\u2212]?([iI]nf(inity)?|[nN]a[nN])"
).fullmatch
_iso_date = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?"
).fullmatch
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def infer_text(path: Path, series: pl.Series, *, numbers: bool) -> tuple[Column, str]:
    """A column of texts as one of the kind that they suggest, with a note, "" where all is clear.

    With `numbers`, digits mean numbers: Polars takes +1 for text.
    Raises DataError for numbers of which some are written as in a program: silently, the column
    would become one of categories.
    """
    column = as_category(series)
    texts = column.levels
    if all(map(_plain, texts)):
        return (_of_numbers(column, float) if numbers else column), ""
    if all(map(_iso_date, texts)):
        try:
            return _of_numbers(column, _day, "date"), ""
        except ValueError:  # such as 30 February
            return column, ""
    _check_numbers(path, column)
    if all(_plain(text) or _programmed(text) or _formatted(text) for text in texts):
        return column, _note(texts)
    return column, ""


def as_category(series: pl.Series) -> Column:
    """A column of texts as categories, in the order of their code points."""
    import polars as pl

    if len(series) <= SHORT:
        cells = series.to_list()
        texts = sorted(set(cells) - {None})
        code_of = {None: -1, **{text: code for code, text in enumerate(texts)}}
        codes = np.array([code_of[cell] for cell in cells], np.int64)
        return Column(series.name, "category", codes, tuple(texts))
    levels = series.drop_nulls().unique().sort()
    filled = series.cast(pl.Enum(levels)).to_physical().cast(pl.Int64).fill_null(-1)
    return Column(series.name, "category", filled.to_numpy(), tuple(levels.to_list()))


def _check_numbers(path: Path, column: Column) -> None:
    odd = [code for code, text in enumerate(column.levels) if _programmed(text)]
    plain = [text for text in column.levels if _plain(text)]
    if odd and plain and len(odd) + len(plain) == len(column.levels):
        cells = int(np.isin(column.values, odd).sum())
        raise DataError(
            str(path),
            expected=f"numbers in column {column.name!r}, such as {plain[0]}",
            got=f"{column.levels[odd[0]]!r}, as programs write them ({cells} such cells)",
            remedy="write them in decimal digits without underscores",
        )


def _note(texts: Sequence[str]) -> str:
    example = next(text for text in texts if not _plain(text))
    written = "as programs write them" if _programmed(example) else "written for people"
    return (
        f"is taken as text, as categories: it has numbers {written}, such as {example!r}; "
        "if they are quantities, write them in decimal digits such as 1250.5"
    )


def _of_numbers(column: Column, number: Callable[[str], float], kind: str = "number") -> Column:
    """The column with the number of each text, NaN for a missing one."""
    # One more entry than there are texts: code −1 (missing) reads the last.
    values: Array = np.array([*map(number, column.levels), np.nan])[column.values]
    return Column(column.name, kind, values)  # type: ignore[arg-type]


def _day(cell: str) -> float:
    """Days since 1970-01-01."""
    moment = datetime.fromisoformat(cell)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) / timedelta(days=1)
