"""Formulas as LaTeX: whole, or in the pieces between which a line may be broken."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chainrule.explain.render.latex import notation
from chainrule.explain.render.latex.piece import Piece, atom, braced, fenced, fraction, joined
from chainrule.formula import (
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
from chainrule.formula.text import LONG, binding

__all__ = ["chunks", "chunks_inside_brackets", "derivative", "piece"]

NumberWriter = Callable[[float], str]

SIGNS = {"≤": r"\le", "≥": r"\ge", "≠": r"\ne"}


def piece(formula: Formula, number: NumberWriter, most: int = LONG) -> Piece:
    """Write a formula in one piece; sums and products of more than `most` parts get an ellipsis."""

    def write(part: Formula, at_least: int = 0) -> Piece:
        inner = piece(part, number, most)
        # "3 · (−4)", "(−2)²", "(10⁻⁴)²": a number binds as loosely as the operators in its notation
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
                getattr(number, "separator", ", ").join(part.code for part in listed),
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
            return derivative(of, by)
        case _:
            raise TypeError(f"no LaTeX for {type(formula).__name__}")


def derivative(of: str, by: str) -> Piece:
    """∂of/∂by."""
    return fraction(atom(f"\\partial {notation.name(of)}"), atom(f"\\partial {notation.name(by)}"))


def cases(formula: Formula, write: Callable[[Formula], Piece]) -> Piece:
    """Alternatives behind a brace; cases inside the last alternative join the same list."""
    rows: list[tuple[Piece, Piece]] = []
    while isinstance(formula, Cases):
        rows.append((write(formula.chosen), atom(r"\text{if }") + write(formula.condition)))
        formula = formula.otherwise
    rows.append((write(formula), atom(r"\text{otherwise}")))
    body = r" \\ ".join(f"{chosen.code} & {condition.code}" for chosen, condition in rows)
    width = max(chosen.width for chosen, _ in rows) + max(when.width for _, when in rows) + 2.5
    return Piece(f"\\begin{{cases}} {body} \\end{{cases}}", width, True)


def chunks(formula: Formula, number: NumberWriter, most: int = LONG) -> list[Piece]:
    """The terms of a sum or the factors of a product, each with its sign; else one piece."""
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


def chunks_inside_brackets(formula: Formula, number: NumberWriter, most: int = LONG) -> list[Piece]:
    """Like `chunks`, but a negated or divided sum is also broken, inside its brackets."""
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
    """Whether a term is subtracted, and the term without its sign; typed numbers keep theirs."""
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
    # a fraction needs no brackets in a product: its bar shows where it ends
    return fenced(inner) if binding(part) < at_least or (negative and at_least > 2) else inner


def shorten(parts: tuple[Formula, ...], most: int) -> Sequence[Formula | None]:
    """All parts if there are few; else the first ones, None for an ellipsis, and the last.

    A sum that already leaves terms out has its own ellipsis and is not shortened again.
    """
    if len(parts) <= most or any(isinstance(part, (Remainder, RemainderValue)) for part in parts):
        return parts
    return [*parts[: min(3, most - 1)], None, parts[-1]]
