"""A frame as it was read, before its texts mean anything, and what was noticed by then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from chainrule.train.data.reading.cells.number_formats import DecimalMark, Known

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Frame"]


@final
@dataclass(frozen=True, eq=False)
class Frame:
    """Columns of texts and of typed values, and what is known of the file.

    free       whether texts may stand for numbers, which they do not in a file with types
    decimal    the decimal mark of the file, and how it is `known`
    ignored    the names of columns that were left out
    """

    data: pl.DataFrame
    free: bool
    decimal: DecimalMark = "."
    known: Known = "inferred"
    encoding: str | None = None
    notes: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
