"""Texts that recur, in a quarter of the memory: a number for each row, and each text once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self, final

import numpy as np

from chainrule.graph import Array

if TYPE_CHECKING:
    import polars as pl

__all__ = ["CodedTexts", "TextCollector"]

LEAST_ROWS = 10_000
"""Columns of fewer rows take next to no memory as they are."""

MOST_DIFFERENT = 0.5
"""Texts of which a greater share is different are kept as they are."""


@final
@dataclass(frozen=True, eq=False)
class CodedTexts:
    """A column of texts: for each row a code, 0 for a missing one and k for `levels[k - 1]`.

    >>> CodedTexts("sky", np.array([2, 0, 1, 2], np.int32), ("grey", "clear")).texts().to_list()
    ['clear', None, 'grey', 'clear']
    """

    name: str
    codes: Array
    levels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def null_count(self) -> int:
        """How many are missing."""
        return int((self.codes == 0).sum())

    def rename(self, name: str) -> Self:
        """The column by another name."""
        return replace(self, name=name)

    def distinct(self) -> pl.Series:
        """The different texts, in no order, and null if one is missing."""
        import polars as pl

        return pl.Series(self.name, [*self.levels, *[None] * (self.null_count() > 0)], pl.String)

    def recurs(self, text: str) -> bool:
        """Whether a text is in two rows or more, with or without spaces around it."""
        codes = [i for i, level in enumerate(self.levels, 1) if level.strip() == text]
        return bool(codes) and int(np.isin(self.codes, codes).sum()) > 1

    def texts(self) -> pl.Series:
        """The column of Polars, which takes four times the memory."""
        import polars as pl

        return pl.Series(self.name, [None, *self.levels], pl.String).gather(self.codes)


@final
class TextCollector:
    """A column of so many texts that come in parts, and are coded as long as they recur."""

    def __init__(self, name: str, codes: Array) -> None:
        self._name = name
        self._codes = codes
        self._known: dict[str, int] = {}
        self._parts: list[pl.Series] = []
        self._rows = 0
        self._coded = len(codes) >= LEAST_ROWS

    def add(self, part: pl.Series) -> None:
        """Add the texts of the next rows."""
        if self._coded and not self._code(part):
            self._coded = False
            self._parts = [self._found().texts()] if self._rows else []
            self._known, self._codes = {}, np.empty(0, np.int32)
        if not self._coded:
            self._parts.append(part)

    def column(self) -> pl.Series | CodedTexts:
        """The column of all parts."""
        import polars as pl

        return self._found() if self._coded else pl.concat(self._parts, rechunk=False)

    def _found(self) -> CodedTexts:
        return CodedTexts(self._name, self._codes[: self._rows], (*self._known,))

    def _code(self, part: pl.Series) -> bool:
        """Whether the texts recur with those of a part, which are coded then."""
        import polars as pl

        levels, known = part.drop_nulls().unique(), self._known
        end = self._rows + len(part)
        if len(levels) > MOST_DIFFERENT * end:
            return False
        codes = [known.setdefault(text, len(known) + 1) for text in levels.to_list()]
        if len(known) > MOST_DIFFERENT * end:
            return False
        here = part.cast(pl.Enum(levels)).to_physical().cast(pl.UInt32).fill_null(len(levels))
        # One more entry than there are levels: a missing text reads the last.
        self._codes[self._rows : end] = np.array([*codes, 0], np.int32)[here.to_numpy()]
        self._rows = end
        return True
