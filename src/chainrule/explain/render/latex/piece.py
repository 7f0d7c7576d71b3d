"""LaTeX in pieces of estimated width, so that long formulas can be broken into lines.

TeX does not break displayed equations, and only TeX knows the exact width of a piece.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Piece", "atom", "braced", "fenced", "fraction", "joined", "lines_of", "shrunk"]

SIZES = [(1.0, "normalsize"), (0.75, "scriptsize"), (0.6, "tiny")]
"""Type sizes, and how they scale widths."""


class Piece(NamedTuple):
    """LaTeX that is not broken, its width in ems, and whether it is taller than a line of text.

    >>> fenced(fraction(atom("x"), atom("y"))).code
    '\\\\left(\\\\frac{x}{y}\\\\right)'
    """

    code: str
    width: float
    tall: bool = False

    def __add__(self, other: Piece) -> Piece:  # type: ignore[override]
        """Set the two side by side."""
        code = f"{self.code} {other.code}".strip()
        return Piece(code, self.width + other.width, self.tall or other.tall)


def atom(code: str) -> Piece:
    """A name, number or sign; its width is estimated from the characters its commands set."""
    shown = re.sub(r"\\(?:mathit|text|itshape|operatorname)\b", "", code)
    signs = len(re.findall(r"[-+=<>]|\\(?:times|le|ge|ne)\b", shown))
    dots = len(re.findall(r"\\cdot\b", shown))
    letters = re.sub(r"\\(?:[A-Za-z]+ ?|.)", "x", shown)
    if "\\text" not in code:
        letters = letters.replace(" ", "")
    below = sum(map(len, re.findall(r"_\{+x?\{?([^{}]*)", letters)))
    capitals = len(re.findall(r"[mwA-Z]", letters))
    letters = re.sub(r"[{}^_]", "", letters)
    width = 0.52 * len(letters) - 0.15 * below + 0.2 * capitals + 0.7 * signs + 0.25 * dots
    return Piece(code, width)


def fraction(over: Piece, under: Piece) -> Piece:
    """A fraction of two pieces."""
    return Piece(f"\\frac{{{over.code}}}{{{under.code}}}", max(over.width, under.width) + 0.3, True)


def fenced(inner: Piece, left: str = "(", right: str = ")") -> Piece:
    """A piece in brackets that are as tall as it is."""
    if inner.tall:
        left, right = f"\\left{left}", f"\\right{right}"
    return Piece(f"{left}{inner.code}{right}", inner.width + 0.8, inner.tall)


def braced(piece: Piece, words: str) -> Piece:
    """A piece with a brace and words below it."""
    width = max(piece.width, 0.4 * len(words))
    return Piece(f"\\underbrace{{{piece.code}}}_{{\\text{{{words}}}}}", width, True)


def joined(parts: Sequence[Piece]) -> Piece:
    """Set pieces side by side."""
    return sum(parts[1:], parts[0])


def lines_of(parts: Sequence[Piece], width: float) -> list[Piece]:
    """Fill lines of at most `width` ems with pieces; a piece that is wider is set smaller."""
    first, *rest = (shrunk(part, width) for part in parts)
    lines = [first]
    for part in rest:
        if lines[-1].width + part.width <= width:
            lines[-1] += part
        else:
            lines.append(part)
    return lines


def shrunk(part: Piece, width: float) -> Piece:
    """The piece in the largest size that fits `width` ems, or in the smallest size there is."""
    scale, size = next((one for one in SIZES if part.width * one[0] <= width), SIZES[-1])
    code = f"\\text{{\\{size}$\\displaystyle {part.code}$}}"
    return Piece(code, part.width * scale, part.tall) if scale < 1 else part
