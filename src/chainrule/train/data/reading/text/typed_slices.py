"""CSV text read by Polars in slices, so that it is never whole in memory beside its columns."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, final

import numpy as np

from chainrule.graph import Array
from chainrule.train.data.reading.cells.coded_texts import CodedTexts, TextCollector
from chainrule.train.data.reading.cells.missing_marks import ALWAYS
from chainrule.train.data.reading.cells.typed_columns import typed_column
from chainrule.train.data.reading.frame import Typed
from chainrule.train.data.table import Column, Kind

if TYPE_CHECKING:
    import polars as pl

__all__ = ["SliceReader", "common_types"]

LARGE = 2**20
"""From so many bytes on, a column has memory of its own."""


@final
@dataclass(frozen=True)
class SliceReader:
    """How slices are read: their delimiter, and marks for missing values besides the usual ones.

    The columns of a slice are called 0, 1, 2 and so on: their own names may be repeated.
    """

    delimiter: str
    marks: Sequence[str]

    def types(self, part: bytes, text: Iterable[int]) -> list[pl.DataType | None]:
        """The type of each column as Polars infers it from all rows; None without any value.

        Those with the numbers in `text` are texts.
        """
        import polars as pl

        texts, data = {*text}, self._read(part, None, dict.fromkeys(text, pl.String))
        return [
            None if i not in texts and series.null_count() == data.height else series.dtype
            for i, series in enumerate(data)
        ]

    def texts(self, part: bytes, column: int) -> pl.Series:
        """One column as texts."""
        return self._read(part, 0, {}, [column]).to_series()

    def columns(
        self, parts: Iterable[bytes], types: Sequence[pl.DataType], rows: int
    ) -> list[pl.Series | CodedTexts | Typed]:
        """The columns of all `parts`, of these types: texts, and others that are done."""
        schema = dict(enumerate(types))
        return _joined((self._read(part, 0, schema) for part in parts), rows)

    def inferred(
        self, part: bytes, text: Iterable[int], rows: int
    ) -> list[pl.Series | CodedTexts | Typed]:
        """The columns of a single part, of the types that Polars infers from all rows."""
        import polars as pl

        return _joined([self._read(part, None, dict.fromkeys(text, pl.String))], rows)

    def _read(
        self,
        part: bytes,
        sample: int | None,
        types: Mapping[int, pl.DataType | type[pl.DataType]],
        only: list[int] | None = None,
    ) -> pl.DataFrame:
        """The rows of a slice; types that are not given are inferred from a `sample`, or all.

        A sample of 0 rows leaves them texts.
        """
        import polars as pl

        data = pl.read_csv(
            part,
            separator=self.delimiter,
            has_header=False,
            columns=only,
            infer_schema_length=sample,
            null_values=[*ALWAYS, *self.marks],
            schema_overrides={f"column_{_first_number() + i}": t for i, t in types.items()},
        )
        data.columns = [str(i) for i in range(data.width)]
        return data


def _joined(slices: Iterable[pl.DataFrame], rows: int) -> list[pl.Series | CodedTexts | Typed]:
    """The columns of slices that have so many rows together."""
    import polars as pl

    texts: dict[str, TextCollector] = {}
    numbers: dict[str, Typed] = {}
    names, end = list[str](), 0
    for data in slices:
        begin, end = end, end + data.height
        if not names:
            names = data.columns
            texts = {
                series.name: TextCollector(series.name, _own(rows, np.int32))
                for series in data
                if series.dtype == pl.String
            }
            numbers = _empty([series for series in data if series.name not in texts], rows)
        for name, collected in texts.items():
            collected.add(data[name])
        for name, typed in numbers.items():
            found = typed_column(data[name])
            assert found is not None, "no text"
            typed.column.values[begin:end] = found.values
            numbers[name] = replace(typed, nulls=typed.nulls + data[name].null_count())
    return [texts[name].column() if name in texts else numbers[name].head(end) for name in names]


def _empty(series: Sequence[pl.Series], rows: int) -> dict[str, Typed]:
    """Columns like these, whose values are to be filled in."""
    import polars as pl

    values = np.empty((len(series), rows)) if 8 * rows < LARGE else [_own(rows) for _ in series]
    kinds: dict[bool, Kind] = {True: "boolean", False: "number"}
    return {
        one.name: Typed(Column(one.name, kinds[one.dtype == pl.Boolean], column), one.dtype, 0)
        for one, column in zip(series, values, strict=True)
    }


def _own(rows: int, dtype: type[np.generic] = np.float64) -> Array:
    """Room for numbers in memory of its own, which returns to the system with the column.

    Of freed arrays, which are smaller than others before them, the process may keep the memory.
    """
    size = np.dtype(dtype).itemsize * rows
    if size < LARGE:
        return np.empty(rows, dtype)
    return np.frombuffer(mmap.mmap(-1, size, access=mmap.ACCESS_COPY), dtype, rows)


def common_types(slices: Iterable[Sequence[pl.DataType | None]]) -> list[pl.DataType]:
    """The types that Polars infers from all rows, by those that it infers from each slice.

    They are texts where these are of several types, except for numbers.

    >>> import polars as pl
    >>> common_types([[pl.Int64(), None], [pl.Float64(), pl.Boolean()]])
    [Float64, Boolean]
    """
    return [_common(set(found) - {None}) for found in zip(*slices, strict=True)]


def _common(types: set[pl.DataType | None]) -> pl.DataType:
    import polars as pl

    if len(types) == 1:
        (only,) = types
        return only or pl.String()
    if types == {pl.Int64(), pl.Int128()}:
        return pl.Int128()
    both = types in ({pl.Int64(), pl.Float64()}, {pl.Int128(), pl.Float64()})
    return pl.Float64() if both else pl.String()


@cache
def _first_number() -> int:
    """The number of the first column without a name: 0, or 1 in earlier versions of Polars."""
    import polars as pl

    return int(pl.read_csv(b"0", has_header=False).columns[0].rpartition("_")[2])
