"""Formulas as LaTeX, with an estimate of how wide they come out, so that lines can be broken."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from chainrule.explain.render.latex import notation
from chainrule.graph.formula import (
    AbsoluteValue,
    Call,
    Cases,
    Derivative,
    Formula,
    Negation,
    Number,
    Power,
    Product,
    Quotient,
    Relation,
    Remainder,
    RemainderValue,
    Root,
    Sum,
    Symbol,
)
from chainrule.graph.formula.text import LONG, binding

__all__ = [
    "Piece",
    "atom",
    "braced",
    "chunks",
    "fenced",
    "flow",
    "fraction",
    "joined",
    "opened",
    "piece",
    "shrunk",
    "slope",
]

NumberWriter = Callable[[float], str]

SIGNS = {"≤": r"\le", "≥": r"\ge", "≠": r"\ne"}


class Piece(NamedTuple):
    """LaTeX that is not broken, its width in ems, and whether it is taller than a line of text."""

    code: str
    width: float
    tall: bool = False

    def __add__(self, other: Piece) -> Piece:  # type: ignore[override]
        """The two set side by side."""
        code = f"{self.code} {other.code}".strip()
        return Piece(code, self.width + other.width, self.tall or other.tall)


def atom(code: str) -> Piece:
    """A name, number or sign, its width guessed from what is left of it without the commands."""
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
    """One piece above another."""
    return Piece(f"\\frac{{{over.code}}}{{{under.code}}}", max(over.width, under.width) + 0.3, True)


def fenced(inner: Piece, left: str = "(", right: str = ")") -> Piece:
    """A piece in brackets that grow with it."""
    if inner.tall:
        left, right = f"\\left{left}", f"\\right{right}"
    return Piece(f"{left}{inner.code}{right}", inner.width + 0.8, inner.tall)


def braced(piece: Piece, words: str) -> Piece:
    """A piece with words below it."""
    width = max(piece.width, 0.4 * len(words))
    return Piece(f"\\underbrace{{{piece.code}}}_{{\\text{{{words}}}}}", width, True)


def piece(formula: Formula, number: NumberWriter, most: int = LONG) -> Piece:
    """A formula that is not broken; sums and products of more than `most` parts get an ellipsis."""

    def write(part: Formula, at_least: int = 0) -> Piece:
        inner = piece(part, number, most)
        # "3 · (−4)", "(−2)²", "(10⁻⁴)²": numbers bind like what they are written as
        loose = isinstance(part, Number) and (
            (inner.code.startswith("-") and at_least > 2) or ("10^" in inner.code and at_least > 4)
        )
        return fenced(inner) if loose or binding(part) < at_least else inner

    match formula:
        case Remainder(count=count):
            return braced(atom(r"\cdots"), f"{count} more")
        case Symbol(name):
            return atom(notation.name(name))
        case Number(value):
            return atom(number(value))
        case Negation(inner):
            part = write(inner, 3)
            return Piece(f"-{part.code}", part.width + 1.1, part.tall)
        case Sum() | Product():
            return joined(chunks(formula, number, most))
        case Quotient(over, under):
            return fraction(write(over), write(under))
        case Power(base, exponent):
            below, above = write(base, 5), write(exponent)
            code = f"{{{below.code}}}^{{{above.code}}}"
            return Piece(code, below.width + 0.75 * above.width, below.tall or above.tall)
        case Root(inner):
            under = write(inner)
            return Piece(f"\\sqrt{{{under.code}}}", under.width + 0.9, under.tall)
        case AbsoluteValue(inner):
            return fenced(write(inner), r"\lvert ", r"\rvert")
        case Call(function, arguments, latex):
            listed = [write(part) if part else atom(r"\ldots") for part in shorten(arguments, most)]
            inside = Piece(
                ", ".join(part.code for part in listed),
                sum(part.width + 0.45 for part in listed),
                any(part.tall for part in listed),
            )
            called = latex or f"\\operatorname{{{notation.escape(function)}}}"
            return atom(called) + fenced(inside)
        case Relation(left, sign, right):
            return write(left, 2) + atom(SIGNS.get(sign, sign)) + write(right, 2)
        case Cases():
            return cases(formula, write)
        case Derivative(of, by):
            return slope(of, by)
        case _:
            raise TypeError(f"no LaTeX for {type(formula).__name__}")


def slope(of: str, by: str) -> Piece:
    """∂of/∂by."""
    return fraction(atom(f"\\partial {notation.name(of)}"), atom(f"\\partial {notation.name(by)}"))


def cases(formula: Formula, write: Callable[[Formula], Piece]) -> Piece:
    """Choices below each other behind a brace; choices in the last place join the same list."""
    rows: list[tuple[Piece, Piece]] = []
    while isinstance(formula, Cases):
        rows.append((write(formula.chosen), atom(r"\text{if }") + write(formula.condition)))
        formula = formula.otherwise
    rows.append((write(formula), atom(r"\text{otherwise}")))
    body = r" \\ ".join(f"{chosen.code} & {condition.code}" for chosen, condition in rows)
    width = max(chosen.width for chosen, _ in rows) + max(when.width for _, when in rows) + 2.5
    return Piece(f"\\begin{{cases}} {body} \\end{{cases}}", width, True)


def chunks(formula: Formula, number: NumberWriter, most: int = LONG) -> list[Piece]:
    """The terms of a sum or factors of a product, each with the sign before it; else one piece."""
    found: list[Piece] = []
    match formula:
        case Sum(terms):
            for part in shorten(terms, most):
                minus, inner = _signed(part)
                sign = "-" if minus else "+" if found else ""
                first = not (found or minus)
                found.append(atom(sign) + _part(inner, number, most, 2 if first else 3))
        case Product(factors):
            for part in shorten(factors, most):
                sign = atom(r"\cdot") if found else Piece("", 0)
                found.append(sign + _part(part, number, most, 3))
        case _:
            found.append(piece(formula, number, most))
    return found


def opened(formula: Formula, number: NumberWriter, most: int = LONG) -> list[Piece]:
    """Like `chunks`, but a sum that is negated or divided is broken too, between its brackets."""
    match formula:
        case Negation(Sum() as inner):
            before = atom("-")
        case Quotient(Sum() as inner, under):
            before = fraction(atom("1"), piece(under, number, most))
        case Negation(Quotient(Sum() as inner, under)):
            before = atom("-") + fraction(atom("1"), piece(under, number, most))
        case _:
            return chunks(formula, number, most)
    first, *rest = chunks(inner, number, most)
    pieces = [before + atom(r"\biggl(") + first, *rest]
    return [*pieces[:-1], pieces[-1] + atom(r"\biggr)")]


def _signed(term: Formula | None) -> tuple[bool, Formula | None]:
    """Whether a term is subtracted, and what then is; numbers are left as somebody typed them."""
    match term:
        case Negation(inner):
            return True, inner
        case Number(value, literal=False) if value < 0:
            return True, Number(-value)
        case _:
            return False, term


def _part(part: Formula | None, number: NumberWriter, most: int, at_least: int) -> Piece:
    if part is None:
        return atom(r"\cdots")
    inner = piece(part, number, most)
    negative = isinstance(part, Number) and inner.code.startswith("-")
    # a fraction needs no brackets in a product: its bar shows how far it goes
    return fenced(inner) if binding(part) < at_least or (negative and at_least > 2) else inner


def shorten(parts: tuple[Formula, ...], most: int) -> Sequence[Formula | None]:
    """All of a few parts; of many the first ones, None for an ellipsis, and the last.

    A sum that leaves terms out already has an ellipsis, and shows what it was made to show.
    """
    if len(parts) <= most or any(isinstance(part, (Remainder, RemainderValue)) for part in parts):
        return parts
    return [*parts[: min(3, most - 1)], None, parts[-1]]


def joined(parts: Sequence[Piece]) -> Piece:
    """Pieces side by side."""
    return sum(parts[1:], parts[0])


def flow(parts: Sequence[Piece], room: float) -> list[Piece]:
    """Pieces filled into lines of at most `room` ems; one that is wider is set smaller."""
    first, *rest = (shrunk(part, room) for part in parts)
    lines = [first]
    for part in rest:
        if lines[-1].width + part.width <= room:
            lines[-1] += part
        else:
            lines.append(part)
    return lines


SIZES = [(1.0, "normalsize"), (0.75, "scriptsize"), (0.6, "tiny")]
"""Type sizes, and how they scale widths."""


def shrunk(part: Piece, room: float) -> Piece:
    """The piece in the largest type that fits, or in the smallest there is."""
    scale, size = next((one for one in SIZES if part.width * one[0] <= room), SIZES[-1])
    code = f"\\text{{\\{size}$\\displaystyle {part.code}$}}"
    return Piece(code, part.width * scale, part.tall) if scale < 1 else part
