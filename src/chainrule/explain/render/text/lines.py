"""Lines of plain text for a terminal of 80 columns: wrapping, headings and equations."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence

__all__ = ["WIDTH", "aligned", "equation", "heading", "title_lines", "wrapped"]

WIDTH = 80
"""Columns of every text: what a terminal shows by default."""

GLUE = "\ue000"
"""Replaces a space at which a line must not be broken: a private character that nobody types."""


UNBROKEN = re.compile(r'(?<=\w)\[(?:[^\[\]]|\[[^\[\]]*\]){1,60}\]|(?<![\w"])"[^"]{1,60}"')
"""An entry such as `w[3, height [cm]]`, or a column's name in quotation marks."""


def wrapped(line: str, first: int, rest: int) -> list[str]:
    """Break a line before its operators, never inside an entry or a name in quotation marks.

    The first line is indented by `first` columns, the others by `rest`.  Only a name longer than a
    whole line is broken itself.
    """
    glued = re.sub(r"(?<= )([-+×·=]) ", rf"\1{GLUE}", line)
    glued = UNBROKEN.sub(lambda name: name[0].replace(" ", GLUE), glued)
    lines = textwrap.wrap(
        glued,
        WIDTH,
        initial_indent=" " * first,
        subsequent_indent=" " * min(rest, WIDTH // 2),
        break_on_hyphens=False,
    )
    return [line.replace(GLUE, " ") for line in lines]


def equation(indent: int, left: str, parts: Iterable[str]) -> list[str]:
    """Write `left = part = part …` on one line if it fits, else one part per line.

    The equals signs of the lines are aligned.  A part equal to the one before it, or to the left
    side, is left out.
    """
    unique: list[str] = []
    for part in parts:
        if part not in (left, *unique[-1:]):
            unique.append(part)
    line = " = ".join([left, *unique])
    if indent + len(line) <= WIDTH or not unique:
        return wrapped(line, indent, indent + 2)
    margin = indent + len(left) + 1
    fits = margin + 2 + max(map(len, unique)) <= WIDTH
    if margin <= WIDTH // 4 or (fits and margin <= WIDTH // 2):
        lines = wrapped(f"{left} = {unique.pop(0)}", indent, margin + 4)
    else:
        lines, margin = wrapped(left, indent, indent + 2), indent + 2
    for part in unique:
        lines += wrapped(f"= {part}", margin, margin + 4)
    return lines


def aligned(
    header: Sequence[str], rows: Iterable[Sequence[str]], left: int = 0, *, total: bool = False
) -> list[str]:
    """A table: the first `left` columns begin, the others end, at a common column.

    With `total`, there is a rule before the last row.

    >>> print("\\n".join(aligned(["layer", "norm"], [["first", "0.5"], ["last", "12"]], 1)))
      layer  norm
      ─────  ────
      first   0.5
      last     12
    """
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = ["─" * width for width in widths]
    shown = (header, rule, *rows[:-1], rule, rows[-1]) if total else (header, rule, *rows)
    return [
        "  "
        + "  ".join(
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in shown
    ]


def title_lines(title: str) -> list[str]:
    """A title, every line of it wrapped: the statements of an expression stay lines."""
    return [part for line in title.splitlines() for part in textwrap.wrap(line, WIDTH)]


def heading(title: str, sentence: str) -> list[str]:
    """A title in capitals and a sentence about the section, wrapped to the right of the title."""
    return textwrap.wrap(f"{title}  {sentence}", WIDTH, subsequent_indent=" " * (len(title) + 2))
