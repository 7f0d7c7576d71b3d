"""The character between the cells of a line."""

from __future__ import annotations

import re

from chainrule.errors import OptionError

__all__ = ["WHITESPACE", "named_delimiter", "sniff_delimiter"]

CANDIDATES = ",;\t|"
WHITESPACE = " "
"""Cells between runs of spaces and tabs, as in aligned columns."""

NAMED = {"tab": "\t", "\\t": "\t", "space": " ", "whitespace": " ", "comma": ",", "semicolon": ";"}


def named_delimiter(text: str) -> str:
    """A delimiter as it is typed: one ASCII character, or tab, space, comma or semicolon.

    >>> named_delimiter("tab"), named_delimiter(";")
    ('\\t', ';')
    """
    delimiter = NAMED.get(text, text)
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in "\"\r\n\0'":
        raise OptionError(
            "delimiter", expected="one character, or one of tab and space", got=repr(text)
        )
    return delimiter


def sniff_delimiter(first: str, second: str, suffix: str) -> str:
    """The delimiter of a file: a tab in `.tsv`, else the candidate most frequent in the first line.

    Where there is none, it is a space if both lines have the same number of words, above one.

    >>> sniff_delimiter("a;b,c;d", "1;2;3", ".csv"), sniff_delimiter("1  2.5", "2  3.5", ".data")
    (';', ' ')
    """
    if suffix == ".tsv":
        return "\t"
    first, second = (re.sub(r'"[^"]*"', "q", line) for line in (first, second))
    best = max(CANDIDATES, key=first.count)
    words = len(first.split())
    aligned = words > 1 and words == len(second.split())
    if not aligned:
        return best
    # a name may follow a tab, after many cells between spaces
    mostly_spaces = best == "\t" and suffix != ".csv" and words > 2 * (first.count(best) + 1)
    return WHITESPACE if not first.count(best) or mostly_spaces else best
