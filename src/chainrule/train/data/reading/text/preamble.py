"""Lines before the table: comments, and Excel's note on the delimiter."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Preamble", "split_preamble"]


class Preamble(NamedTuple):
    """How many bytes and lines come before the table, and the delimiter that is said there."""

    size: int
    lines: int
    comments: int
    delimiter: str | None


def split_preamble(content: bytes) -> Preamble:
    """What comes before the table: blank lines, `sep=;`, and lines that begin with `#`.

    The last such line is the header if it has as many cells as the line after it.

    >>> split_preamble(b"# exported\\na,b\\n1,2\\n")
    Preamble(size=11, lines=1, comments=1, delimiter=None)
    """
    at, lines, comments, delimiter, last = 0, 0, 0, None, (0, 0)
    while at < len(content):
        end = content.find(b"\n", at) + 1 or len(content)
        line = content[at:end].strip()
        said = re.fullmatch(rb"sep=(.)", line) if not comments else None
        if said:
            delimiter = said[1].decode("ascii", "replace")
        elif line.startswith(b"#"):
            comments, last = comments + 1, (at, end)
        elif line:
            break
        at, lines = end, lines + 1
    if comments and last[1] == at and _cells(content[slice(*last)]) == _cells(_line(content, at)):
        return Preamble(last[0], lines - 1, comments - 1, delimiter)
    return Preamble(at, lines, comments, delimiter)


def _line(content: bytes, at: int) -> bytes:
    return content[at : content.find(b"\n", at) + 1 or len(content)]


def _cells(line: bytes) -> tuple[int, ...]:
    """How often each delimiter is in a line; nothing like it for a line without any."""
    counts = tuple(line.count(delimiter) for delimiter in (b",", b";", b"\t", b"|"))
    return counts if any(counts) else (-1, len(line))
