"""Text that is read in parts: from memory, or again from the file that holds it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self, final

from chainrule.train.data.reading.problems import unreadable

__all__ = ["StoredText", "parts_of"]


@final
@dataclass(frozen=True, eq=False)
class StoredText:
    """Text that stands in a file from byte `begin` on, so that it need not be kept in memory."""

    path: Path
    begin: int
    size: int
    checksum: int

    @classmethod
    def of(cls, path: Path, begin: int, text: bytes) -> Self:
        """The `text` that was read from a file, where it begins at this byte."""
        return cls(path, begin, len(text), zlib.crc32(text))

    def parts(self, borders: Sequence[int]) -> Iterator[bytes]:
        """What is between each two of these positions, which go from the first byte to the last.

        Raises DataError, after the last part, for a file that is not what it was.
        """
        found = 0
        try:
            with open(self.path, "rb") as file:
                file.seek(self.begin)
                for begin, end in pairwise(borders):
                    part = file.read(end - begin)
                    found = zlib.crc32(part, found)
                    yield part
        except OSError as error:
            raise unreadable(self.path, error.strerror or str(error), "check the path") from None
        if found != self.checksum:
            raise unreadable(
                self.path, "a file that changed meanwhile", "read it once it is written in full"
            )


def parts_of(text: bytes | StoredText, borders: Sequence[int]) -> Iterator[bytes]:
    """What is between each two of these positions; those of stored text are all of it.

    >>> list(parts_of(b"a,b\\n1,2\\n", [4, 8]))
    [b'1,2\\n']
    """
    if isinstance(text, StoredText):
        return text.parts(borders)
    return (text[begin:end] for begin, end in pairwise(borders))
