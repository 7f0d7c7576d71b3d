"""Rows of LaTeX's `align*`: equations broken to the width of a page, remarks, columns of values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from chainrule.explain.render.latex import notation
from chainrule.explain.render.latex.piece import Piece, joined, lines_of

__all__ = ["Equation", "Part", "Remark", "Row", "aligned", "columns"]

Part = Sequence[Sequence[Piece]]
"""One side of an equation: terms, each in pieces.

Lines are broken between terms, and inside a term only if it does not fit a line by itself.
"""

UNBROKEN = 9
"""No page ends inside a group of up to this many lines."""


class Row(Protocol):
    """One or more lines of an `align*`."""

    @property
    def margin(self) -> float:
        """The width of its left side, in ems."""
        ...

    def lines(self, margin: float, width: float) -> list[str]:
        """LaTeX lines with one & each, `width` ems wide, with `margin` ems for the left sides."""
        ...


@dataclass(frozen=True)
class Equation:
    """left = part = part …; a part that is written like the one before it is left out."""

    left: Sequence[Piece]
    parts: Sequence[Part]

    @property
    def margin(self) -> float:
        return joined(self.left).width

    def lines(self, margin: float, width: float) -> list[str]:
        parts = list(self._distinct())
        lines = [f"{joined(self.left).code} &"]
        if self.margin > margin:
            lines = [*(f"& {line.code}" for line in lines_of(self.left, width - margin - 1)), "&"]
        width -= margin + 1
        wholes = [joined([joined(term) for term in part]) for part in parts]
        if sum(whole.width + 1.5 for whole in wholes) <= width:
            lines[-1] += " ".join(f"= {whole.code}" for whole in wholes)
            return lines
        for i, part in enumerate(parts):
            first, *more = filled(part, width - 1.5)
            if i:
                lines.append("&")
            lines[-1] += f"= {first.code}"
            lines += [f"&\\quad {line.code}" for line in more]
        return lines

    def _distinct(self) -> Iterator[Part]:
        before = ""
        for part in self.parts:
            code = joined([joined(term) for term in part]).code
            if code != before:
                yield part
            before = code


@dataclass(frozen=True)
class Remark:
    """Words below an equation, broken into lines by LaTeX itself."""

    text: str
    margin: float = 0.0

    def lines(self, margin: float, width: float) -> list[str]:
        words = f"\\raggedright\\itshape {notation.escape(self.text)}"
        return [f"&\\parbox[t]{{{width - margin - 1:.1f}em}}{{{words}}}"]


def filled(part: Part, width: float) -> list[Piece]:
    """Break a part into lines of at most `width` ems."""
    lines: list[Piece] = []
    for term in part:
        whole = joined(term)
        if lines and lines[-1].width + whole.width <= width:
            lines[-1] += whole
        else:
            lines += [whole] if whole.width <= width else lines_of(term, width)
    return lines


def aligned(groups: Sequence[Sequence[Row]], width: float) -> Iterator[str]:
    """Align the rows, with space between groups; short groups stay on one page."""
    margins = [row.margin for group in groups for row in group]
    margin = max((one for one in margins if one <= width / 3), default=0.0)
    yield "\\begin{align*}"
    yield " \\\\[1ex]\n".join(_group(group, margin, width) for group in groups)
    yield "\\end{align*}"


def _group(group: Sequence[Row], margin: float, width: float) -> str:
    lines = [f"  {line}" for row in group for line in row.lines(margin, width)]
    return (" \\\\*\n" if len(lines) <= UNBROKEN else " \\\\\n").join(lines)


def columns(pairs: Sequence[tuple[Piece, Piece]], width: float) -> Iterator[str]:
    """Write name = number in several columns, with the decimal points aligned."""
    widest = max(left.width for left, _ in pairs) + max(right.width for _, right in pairs)
    across = max(1, min(6, int(width / (widest + 3.5))))
    cells = [f"{left.code} &={{}}& {_halves(right.code)}" for left, right in pairs]
    rows = [cells[i : i + across] for i in range(0, len(cells), across)]
    yield f"\\begin{{alignat*}}{{{2 * across}}}"
    yield " \\\\\n".join("  " + " &\\qquad ".join(row) for row in rows)
    yield "\\end{alignat*}"


def _halves(number: str) -> str:
    """Split a number into two cells, before its decimal point and from it on."""
    whole, point, rest = number.partition("{,}" if "{,}" in number else ".")
    if not point:
        whole, _, rest = number.partition(" ")
    return f"{whole} & {point}{rest}".rstrip()
