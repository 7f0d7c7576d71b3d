"""Formulas as MathML, which browsers lay out by themselves: no script, no font, no request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from html import escape

from chainrule.explain.render.names import GREEK, split
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
    Root,
    Sum,
    Symbol,
)
from chainrule.graph.formula.text import binding, shorten

__all__ = ["fenced", "infix", "mathml", "name", "number", "operator", "parts", "slope", "wrapped"]

NumberFormat = Callable[[float], str]

APPLIED = '<mo lspace="0em" rspace="0em">&#x2061;</mo>'
"""The sign, seen by no one but read aloud, between a function and its arguments."""


def wrapped(*parts: str) -> str:
    """A formula of its own, made of these pieces.

    >>> wrapped(name("x"), operator("="), number("-2"))
    '<math displaystyle="true"><mi>x</mi><mo>=</mo><mn>−2</mn></math>'
    """
    return f'<math displaystyle="true">{"".join(parts)}</math>'


def name(written: str) -> str:
    """A name, its subscript below, the place of an entry in brackets."""
    stem, subscript, entry = split(written)
    word = f"<msub>{_word(stem)}{_word(subscript)}</msub>" if subscript else _word(stem)
    return f"<mrow>{word}<mtext>{escape(entry)}</mtext></mrow>" if entry else word


def _word(word: str) -> str:
    if re.fullmatch(r"[\d,]+", word):
        return f"<mn>{word}</mn>"
    return f"<mi>{escape(GREEK.get(word, word))}</mi>"


def number(written: str) -> str:
    """A number as `writer` writes it, a power of ten set as one."""
    mantissa, _, exponent = written.replace("-", "−").replace("inf", "∞").partition("e")
    if not exponent:
        return f"<mn>{mantissa}</mn>"
    power = f"<msup><mn>10</mn><mn>{exponent[0].strip('+')}{int(exponent[1:])}</mn></msup>"
    return f"<mrow><mn>{mantissa}</mn><mo>·</mo>{power}</mrow>"


def operator(sign: str) -> str:
    """A sign between two pieces."""
    return f"<mo>{escape(sign)}</mo>"


def infix(sign: str) -> str:
    """A sign between two pieces that may come to begin a line, spaced as within one."""
    return f'<mo form="infix">{escape(sign)}</mo>'


def fenced(inner: str, left: str = "(", right: str = ")") -> str:
    """A piece in brackets, which grow with it."""
    tall = any(tag in inner for tag in ("<mfrac", "<mtable", "<munder"))
    return f"<mrow>{_bracket(left, 'prefix', tall)}{inner}{_bracket(right, 'postfix', tall)}</mrow>"


def _bracket(sign: str, form: str, tall: bool) -> str:
    # Chromium leaves room beside a bracket that may grow, for the widest it could become
    grows = "true" if tall else "false"
    return (
        f'<mo form="{form}" fence="true" stretchy="{grows}" lspace="0em" rspace="0em">{sign}</mo>'
    )


def slope(of: str, by: str) -> str:
    """∂of/∂by."""
    over, under = (f"<mrow><mo>∂</mo>{name(part)}</mrow>" for part in (of, by))
    return f"<mfrac>{over}{under}</mfrac>"


def mathml(formula: Formula, write: NumberFormat) -> str:
    """The inside of a `math` element; `write` writes the numbers."""

    part = _bound(write)
    match formula:
        case Symbol(name=symbol):
            return name(symbol)
        case Number(value):
            return number(write(value))
        case Negation(inner):
            return f'<mo form="prefix">−</mo>{part(inner, 3)}'
        case Sum() | Product():
            return "".join(parts(formula, write))
        case Quotient(over, under):
            return f"<mfrac>{part(over)}{part(under)}</mfrac>"
        case Power(base, exponent):
            return f"<msup>{part(base, 5)}{part(exponent)}</msup>"
        case Root(inner):
            return f"<msqrt>{part(inner)}</msqrt>"
        case AbsoluteValue(inner):
            return fenced(part(inner), "|", "|")
        case Call(function, arguments, latex):
            inside = "<mo>,</mo>".join(map(part, shorten(arguments)))
            return f"<mi>{_function(function, latex)}</mi>{APPLIED}{fenced(inside)}"
        case Relation(left, sign, right):
            return f"{part(left, 2)}{operator(sign)}{part(right, 2)}"
        case Cases():
            return _cases(formula, part)
        case Derivative(of, by):
            return slope(of, by)
        case _:
            raise TypeError(f"no MathML for {type(formula).__name__}")


def parts(formula: Formula, write: NumberFormat) -> list[str]:
    """The pieces a line may be broken between: the terms of a sum or the factors of a product.

    Browsers do not break the lines of a formula; pieces that are formulas of their own flow.
    """
    part = _bound(write)
    match formula:
        case Sum(terms):
            return list(_terms(shorten(terms), part))
        case Product(factors):
            made = [part(factor, 3) for factor in shorten(factors)]
            return [made[0], *(infix("·") + factor for factor in made[1:])]
        case _:
            return [mathml(formula, write)]


def _bound(write: NumberFormat) -> Callable[..., str]:
    """Writes parts of a formula, in brackets where they bind less than asked for."""

    def part(inner: Formula, at_least: int = 0) -> str:
        made = mathml(inner, write)
        negative = isinstance(inner, Number) and write(inner.value).startswith("-")
        tight = isinstance(inner, Number) and "e" in write(inner.value) and at_least > 4
        loose = tight or (negative and at_least > 2) or binding(inner) < at_least
        return fenced(made) if loose else f"<mrow>{made}</mrow>"

    return part


def _terms(terms: Sequence[Formula], part: Callable[..., str]) -> Iterator[str]:
    plus, minus = infix("+"), infix("−")
    for i, term in enumerate(terms):
        if isinstance(term, Number) and term.value < 0 and i and not term.literal:
            yield minus + part(Number(-term.value), 3)
        elif isinstance(term, Negation):
            yield (minus if i else '<mo form="prefix">−</mo>') + part(term.inner, 3)
        else:
            yield plus + part(term, 3) if i else part(term, 2)


def _cases(formula: Formula, part: Callable[..., str]) -> str:
    """Choices below each other behind a brace; choices in the last place join the same list."""
    rows: list[tuple[str, str]] = []
    while isinstance(formula, Cases):
        rows.append((part(formula.chosen), f"<mtext>if&#xa0;</mtext>{part(formula.condition)}"))
        formula = formula.otherwise
    rows.append((part(formula), "<mtext>otherwise</mtext>"))
    body = "".join(f"<mtr><mtd>{a}</mtd><mtd>{b}</mtd></mtr>" for a, b in rows)
    return f"<mrow>{_bracket('{', 'prefix', tall=True)}<mtable>{body}</mtable></mrow>"


def _function(function: str, latex: str) -> str:
    """The function's name, a Greek letter or `ln` where LaTeX would set one."""
    command = latex.removeprefix("\\")
    return GREEK.get(command) or escape(command if command.isalpha() else function)
