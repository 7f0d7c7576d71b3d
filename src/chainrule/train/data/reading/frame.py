"""A frame as it was read, before its texts mean anything, and what was noticed by then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self, final

from chainrule.train.data.reading.cells.coded_texts import CodedTexts
from chainrule.train.data.reading.cells.number_formats import DecimalMark, Known
from chainrule.train.data.table import Column

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Frame", "Typed"]


@final
@dataclass(frozen=True, eq=False)
class Typed:
    """A column of numbers or truth values that is done, and the type it had in Polars.

    `nulls` are the values that are missing without a mark such as NAN, which is read as a number.
    """

    column: Column
    dtype: pl.DataType
    nulls: int

    @property
    def has_marks(self) -> bool:
        """Whether there are missing values besides."""
        return int(self.column.missing.sum()) > self.nulls

    def head(self, rows: int) -> Self:
        """The first rows."""
        return replace(self, column=self.column.take(slice(rows)))

    def rename(self, name: str) -> Self:
        """The column by another name."""
        return replace(self, column=replace(self.column, name=name))


@final
@dataclass(frozen=True, eq=False)
class Frame:
    """Columns of texts and of typed values, and what is known of the file.

    data       the columns by name: of Polars, or done already
    free       whether texts may stand for numbers, which they do not in a file with types
    decimal    the decimal mark of the file, and how it is `known`
    ignored    the names of columns that were left out
    """

    data: dict[str, pl.Series | CodedTexts | Typed]
    rows: int
    free: bool
    decimal: DecimalMark = "."
    known: Known = "inferred"
    encoding: str | None = None
    notes: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @classmethod
    def of(cls, data: pl.DataFrame, *, free: bool, notes: tuple[str, ...] = ()) -> Self:
        """The frame of columns that are all of Polars."""
        columns: dict[str, pl.Series | CodedTexts | Typed] = {
            series.name: series for series in data
        }
        return cls(columns, data.height, free, notes=notes)

    @property
    def series(self) -> Iterator[pl.Series]:
        """The columns of Polars."""
        columns = (column for column in self.data.values() if not isinstance(column, Typed))
        return (one.texts() if isinstance(one, CodedTexts) else one for one in columns)

    def take_out(self) -> Iterator[tuple[str, pl.Series | Typed]]:
        """The columns one by one, which the frame has no longer: what they become takes memory."""
        while self.data:
            name = next(iter(self.data))
            column = self.data.pop(name)
            yield name, column.texts() if isinstance(column, CodedTexts) else column
