"""The records of CSV text: where each begins and how many cells it has, found by NumPy at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

from chainrule.graph import Array

__all__ = ["Records", "find_records"]

QUOTE, NEWLINE, RETURN = b'"\n\r'

BLOCK = 2**20
"""Bytes that are looked at together: all at once would take several times as much memory."""


@final
@dataclass(frozen=True, eq=False)
class Records:
    """The records of a text: `starts` and `ends` (of their newlines), and numbers of `cells`.

    Blank lines are none.  `regular` says whether every quote opens or closes a whole cell: only
    then are the other facts of use.
    """

    regular: bool
    starts: Array
    ends: Array
    cells: Array


def find_records(content: bytes, delimiter: str) -> Records:
    r"""The records of UTF-8 text whose lines end with \n or \r\n.

    >>> found = find_records(b'a,b\n1,"x\ny"\n\n2,z', ",")
    >>> found.starts.tolist(), found.cells.tolist()
    ([0, 4, 13], [2, 2, 2])
    """
    text = np.frombuffer(content, np.uint8)
    quoted = QUOTE in content
    returns = b"\r" in content
    regular = not returns or content.count(b"\r") == content.count(b"\r\n")
    parts, odd, delimiters = [_Ends.none()], False, 0  # those since the last end
    for begin in range(0, len(text), BLOCK):
        block = text[begin : begin + BLOCK]
        at, between = block == NEWLINE, block == ord(delimiter)
        if quoted:
            quotes = block == QUOTE
            inside = np.logical_xor.accumulate(quotes) ^ odd
            places = np.flatnonzero(quotes)
            regular = regular and _enclose_cells(text, places + begin, delimiter, odd=odd)
            odd ^= bool(len(places) % 2)
            at, between = at & ~inside, between & ~inside
        ends, cells = np.flatnonzero(at), np.flatnonzero(between)
        before = np.searchsorted(cells, ends)
        parts.append(_Ends(ends + begin, np.diff(before, prepend=-delimiters).astype(np.int32)))
        delimiters = len(cells) - before[-1] if len(ends) else delimiters + len(cells)
    if len(text) and (text[-1] != NEWLINE or odd):
        parts.append(_Ends(np.array([len(text)]), np.array([delimiters], np.int32)))
    ends, cells = map(np.concatenate, zip(*parts, strict=True))
    del parts
    starts = np.concatenate([ends[:0], [0], ends[:-1] + 1])[: len(ends)]
    kept = ends > starts
    if returns:
        kept &= (ends > starts + 1) | (text[np.maximum(ends, 1) - 1] != RETURN)
    cells += 1
    if kept.all():
        return Records(regular and not odd, starts, ends, cells)
    return Records(regular and not odd, starts[kept], ends[kept], cells[kept])


class _Ends(NamedTuple):
    """Ends of records, and how many delimiters there are in each of these."""

    ends: Array
    delimiters: Array

    @classmethod
    def none(cls) -> _Ends:
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int32))


def _enclose_cells(text: Array, quotes: Array, delimiter: str, *, odd: bool) -> bool:
    """Whether quotes, in pairs, enclose whole cells, with those within them doubled.

    After an `odd` number of quotes, the first of these closes a cell.
    """
    opening, closing = quotes[int(odd) :: 2], quotes[int(not odd) :: 2]
    edges = np.array([QUOTE, NEWLINE, RETURN, ord(delimiter)], np.uint8)
    before = text[np.maximum(opening, 1) - 1]
    after = text[np.minimum(closing + 1, len(text) - 1)]
    return bool(
        (np.isin(before, edges) | (opening == 0)).all()
        and (np.isin(after, edges) | (closing == len(text) - 1)).all()
    )
