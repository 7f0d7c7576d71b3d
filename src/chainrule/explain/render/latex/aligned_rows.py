"""Rows of LaTeX's `align*`: equations broken to the width of a page, words, columns of values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from chainrule.explain.render.latex import notation
from chainrule.explain.render.latex.formula import Piece, flow, joined

__all__ = ["Equation", "Part", "Row", "Words", "aligned", "columns"]

Part = Sequence[Sequence[Piece]]
"""One side of an equals sign: terms, each in pieces.

A line ends between terms; within a term only where the term does not fit a line by itself.
"""

TOGETHER = 9
"""Lines of a group up to which no page ends inside it."""


class Row(Protocol):
    """Something that fills lines of an `align*`."""

    @property
    def margin(self) -> float:
        """How wide its left side is, in ems."""
        ...

    def lines(self, margin: float, room: float) -> list[str]:
        """LaTeX lines with one & each, when the widest left side takes `margin` of `room` ems."""
        ...


@dataclass(frozen=True)
class Equation:
    """left = part = part …; a part that reads like the one before it is left out."""

    left: Sequence[Piece]
    parts: Sequence[Part]

    @property
    def margin(self) -> float:
        return joined(self.left).width

    def lines(self, margin: float, room: float) -> list[str]:
        parts = list(self._distinct())
        lines = [f"{joined(self.left).code} &"]
        if self.margin > margin:
            lines = [*(f"& {line.code}" for line in flow(self.left, room - margin - 1)), "&"]
        room -= margin + 1
        wholes = [joined([joined(term) for term in part]) for part in parts]
        if sum(whole.width + 1.5 for whole in wholes) <= room:
            lines[-1] += " ".join(f"= {whole.code}" for whole in wholes)
            return lines
        for i, part in enumerate(parts):
            first, *more = filled(part, room - 1.5)
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
class Words:
    """A remark below an equation, broken into lines by LaTeX itself."""

    text: str
    margin: float = 0.0

    def lines(self, margin: float, room: float) -> list[str]:
        words = f"\\raggedright\\itshape {notation.escape(self.text)}"
        return [f"&\\parbox[t]{{{room - margin - 1:.1f}em}}{{{words}}}"]


def filled(part: Part, room: float) -> list[Piece]:
    """A part in lines of at most `room` ems."""
    lines: list[Piece] = []
    for term in part:
        whole = joined(term)
        if lines and lines[-1].width + whole.width <= room:
            lines[-1] += whole
        else:
            lines += [whole] if whole.width <= room else flow(term, room)
    return lines


def aligned(groups: Sequence[Sequence[Row]], room: float) -> Iterator[str]:
    """The rows below each other, with space between groups; short groups stay on one page."""
    margins = [row.margin for group in groups for row in group]
    margin = max((one for one in margins if one <= room / 3), default=0.0)
    yield "\\begin{align*}"
    yield " \\\\[1ex]\n".join(_group(group, margin, room) for group in groups)
    yield "\\end{align*}"


def _group(group: Sequence[Row], margin: float, room: float) -> str:
    lines = [f"  {line}" for row in group for line in row.lines(margin, room)]
    return (" \\\\*\n" if len(lines) <= TOGETHER else " \\\\\n").join(lines)


def columns(pairs: Sequence[tuple[Piece, Piece]], room: float) -> Iterator[str]:
    """name = number, several beside each other, the decimal points below each other."""
    widest = max(left.width for left, _ in pairs) + max(right.width for _, right in pairs)
    across = max(1, min(6, int(room / (widest + 3.5))))
    cells = [f"{left.code} &={{}}& {_halves(right.code)}" for left, right in pairs]
    rows = [cells[i : i + across] for i in range(0, len(cells), across)]
    yield f"\\begin{{alignat*}}{{{2 * across}}}"
    yield " \\\\\n".join("  " + " &\\qquad ".join(row) for row in rows)
    yield "\\end{alignat*}"


def _halves(number: str) -> str:
    """A number in two cells, before and from its decimal point."""
    whole, point, rest = number.partition(".")
    if not point:
        whole, _, rest = number.partition(" ")
    return f"{whole} & {point}{rest}".rstrip()
