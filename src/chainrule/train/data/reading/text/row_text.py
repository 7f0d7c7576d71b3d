"""The rows of a CSV text, in slices."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self, final

from chainrule.graph import Array
from chainrule.train.data.reading.content.stored_text import StoredText, parts_of

__all__ = ["RowText"]

SLICE = 2**20
"""The bytes of a slice: as few as cost no time."""

LEAST_ROWS = 4096
"""The fewest rows of a slice, for tables of many columns."""


@final
@dataclass(frozen=True, eq=False)
class RowText:
    """Text of `size` bytes, and where its records start: the rows, and the header if it is there.

    The header is `above` the rows, and no part of any slice.
    """

    text: bytes | StoredText
    size: int
    starts: Array
    above: bool

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.starts) - int(self.above)

    def stored(self, path: Path, content: bytes) -> Self:
        """The rows whose text is read again, where it is the end of the `content` of a file."""
        if isinstance(self.text, StoredText) or not content.endswith(self.text):
            return self
        text = StoredText.of(path, len(content) - self.size, self.text)
        return replace(self, text=text)

    def slices(self) -> Iterator[bytes]:
        """The text of the rows in slices of about equally many."""
        step = max(LEAST_ROWS, SLICE * self.rows // max(self.size, 1))
        return self._cut(self._rows[::step])

    def whole(self) -> bytes:
        """The text of all rows."""
        return b"".join(self._cut(self._rows[:1]))

    def first(self, rows: int) -> bytes:
        """The text of the first `rows` rows of more."""
        return next(self._cut(self._rows[: rows + 1 : rows]))

    @property
    def _rows(self) -> Array:
        return self.starts[int(self.above) :]

    def _cut(self, places: Array) -> Iterator[bytes]:
        """The text from each of these positions, the first of which is that of the first row."""
        borders = [*places.tolist(), self.size]
        parts = parts_of(self.text, [0, *borders] if self.above else borders)
        if self.above:
            next(parts)
        for i, part in enumerate(parts, int(self.above)):
            # Polars takes it for a mark of the file, which it is not amid one.
            yield codecs.BOM_UTF8 * (i > 0 and part.startswith(codecs.BOM_UTF8)) + part
