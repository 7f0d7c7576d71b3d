"""The records of CSV text: where each begins and how many cells it has, found by NumPy at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.graph import Array

__all__ = ["Records", "find_records"]

QUOTE, NEWLINE, RETURN = b'"\n\r'


@final
@dataclass(frozen=True, eq=False)
class Records:
    """The records of a text: `starts` and `ends` (of their newlines), `cells` and first `lines`.

    Blank lines are none.  `regular` says whether every quote opens or closes a whole cell: only
    then are the other facts of use.
    """

    regular: bool
    starts: Array
    ends: Array
    cells: Array
    lines: Array


def find_records(content: bytes, delimiter: str) -> Records:
    r"""The records of UTF-8 text whose lines end with \n or \r\n.

    >>> found = find_records(b'a,b\n1,"x\ny"\n\n2,z', ",")
    >>> found.cells.tolist(), found.lines.tolist()
    ([2, 2, 2], [1, 2, 5])
    """
    text = np.frombuffer(content, np.uint8)
    newlines, delimiters = text == NEWLINE, text == ord(delimiter)
    every = np.flatnonzero(newlines)
    regular = b"\r" not in content or content.count(b"\r") == content.count(b"\r\n")
    if QUOTE in content:
        quotes = text == QUOTE
        inside = np.logical_xor.accumulate(quotes)
        regular = regular and _enclose_cells(text, np.flatnonzero(quotes), delimiter)
        newlines, delimiters = newlines & ~inside, delimiters & ~inside
    ends = np.flatnonzero(newlines)
    if not len(ends) or ends[-1] != len(text) - 1:
        ends = np.append(ends, len(text))
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts
    lengths -= (lengths > 0) & (text[np.maximum(ends, 1) - 1] == RETURN)
    # as bytes: of booleans, the sum takes thirty times as long
    cells = np.add.reduceat(delimiters.view(np.uint8), starts, dtype=np.int32).astype(np.int64) + 1
    lines = np.searchsorted(every, starts) + 1
    kept = lengths > 0
    return Records(regular, starts[kept], ends[kept], cells[kept], lines[kept])


def _enclose_cells(text: Array, quotes: Array, delimiter: str) -> bool:
    """Whether quotes, in pairs, enclose whole cells, with those within them doubled."""
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    edges = np.array([QUOTE, NEWLINE, RETURN, ord(delimiter)], np.uint8)
    before = text[np.maximum(opening, 1) - 1]
    after = text[np.minimum(closing + 1, len(text) - 1)]
    return bool(
        (np.isin(before, edges) | (opening == 0)).all()
        and (np.isin(after, edges) | (closing == len(text) - 1)).all()
    )
