"""Texts of cells without the spaces around them, and missing where a mark says so."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from chainrule.train.data.reading.cells.missing_marks import ALWAYS

if TYPE_CHECKING:
    import polars as pl

__all__ = ["stripped"]

SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
"""What Python strips: more than the white space of Unicode."""


def stripped(cells: pl.Series, marks: Collection[str]) -> pl.Series:
    """The texts without outer spaces; null for those among `marks` or the usual ones.

    >>> import polars as pl
    >>> stripped(pl.Series([" a ", "NA ", "?"]), ["?"]).to_list()
    ['a', None, None]
    """
    texts = cells.str.strip_chars(SPACES)
    missing = texts.is_in([*ALWAYS, *marks])
    return texts.set(missing, None) if missing.any() else texts
