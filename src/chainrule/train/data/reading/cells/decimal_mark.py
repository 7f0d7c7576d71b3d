"""Which decimal mark a file has: a point or a comma, by all columns that look like numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chainrule.train.data.reading.cells.missing_marks import AMONG_NUMBERS
from chainrule.train.data.reading.cells.number_formats import DecimalMark, fits

if TYPE_CHECKING:
    import polars as pl

__all__ = ["sniff_decimal"]

WITH_COMMA = r"\d,\d"


def sniff_decimal(texts: Iterable[pl.Series], points: bool) -> tuple[DecimalMark, bool]:
    """The decimal mark of columns of text, and whether it is only a guess.

    `points` says whether the file has other columns, of numbers with decimal points.  A comma is
    meant where a column reads as numbers only so, such as 0,5 and 1,25.

    >>> import polars as pl
    >>> sniff_decimal([pl.Series(["0,5", "1,887"])], points=False)
    (',', False)
    >>> sniff_decimal([pl.Series(["1,887", "2,500"])], points=False)
    ('.', True)
    """
    comma = unclear = False
    for cells in texts:
        present = cells.filter(~cells.is_in(list(AMONG_NUMBERS))).drop_nulls()
        if not len(present) or not present.str.contains(WITH_COMMA).any():
            continue
        point_fits, comma_fits = fits(present, "."), fits(present, ",")
        if comma_fits and not point_fits:
            comma = True
        elif point_fits and not comma_fits:
            points = True
        unclear = unclear or (point_fits and comma_fits)
    if comma and not points:
        return ",", False
    return ".", unclear and not points
