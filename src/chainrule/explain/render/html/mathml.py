"""Formulas as MathML, which browsers lay out without scripts, fonts or requests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from chainrule.explain.render.html.escaping import escape
from chainrule.explain.render.name_parts import GREEK, split
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
    Root,
    Sum,
    Symbol,
)
from chainrule.formula.text import binding, shorten

__all__ = [
    "derivative",
    "fenced",
    "infix",
    "math_tag",
    "mathml",
    "name",
    "number",
    "operator",
    "parts",
]

NumberFormat = Callable[[float], str]

APPLIED = '<mo lspace="0em" rspace="0em">&#x2061;</mo>'
"""The invisible operator between a function and its arguments, which screen readers read."""


def math_tag(*parts: str) -> str:
    """Join pieces into one formula.

    >>> math_tag(name("x"), operator("="), number("-2"))
    '<math displaystyle="true"><mi>x</mi><mo>=</mo><mn>−2</mn></math>'
    """
    return f'<math displaystyle="true">{"".join(parts)}</math>'


def name(written: str) -> str:
    """A name with its subscript, and the index of an entry in brackets."""
    stem, subscript, entry = split(written)
    word = f"<msub>{_word(stem)}{_word(subscript)}</msub>" if subscript else _word(stem)
    return f"<mrow>{word}<mtext>{escape(entry)}</mtext></mrow>" if entry else word


def _word(word: str) -> str:
    if re.fullmatch(r"[\d,]+", word):
        return f"<mn>{word}</mn>"
    return f"<mi>{escape(GREEK.get(word, word))}</mi>"


def number(written: str) -> str:
    """A number in the form that `writer` gives it, its exponent set as a power of ten."""
    mantissa, _, exponent = written.replace("-", "−").replace("inf", "∞").partition("e")
    if not exponent:
        return f"<mn>{mantissa}</mn>"
    power = f"<msup><mn>10</mn><mn>{exponent[0].strip('+')}{int(exponent[1:])}</mn></msup>"
    return f"<mrow><mn>{mantissa}</mn><mo>·</mo>{power}</mrow>"


def operator(sign: str) -> str:
    """An operator between two pieces."""
    return f"<mo>{escape(sign)}</mo>"


def infix(sign: str) -> str:
    """An operator that may begin a line, with the spacing it has inside one."""
    return f'<mo form="infix">{escape(sign)}</mo>'


def fenced(inner: str, left: str = "(", right: str = ")") -> str:
    """A piece in brackets that are as tall as it is."""
    tall = any(tag in inner for tag in ("<mfrac", "<mtable", "<munder"))
    return f"<mrow>{_bracket(left, 'prefix', tall)}{inner}{_bracket(right, 'postfix', tall)}</mrow>"


def _bracket(sign: str, form: str, tall: bool) -> str:
    # Chromium leaves space around a stretchy bracket for the widest form it could take
    grows = "true" if tall else "false"
    spacing = 'lspace="0em" rspace="0em"'
    return f'<mo form="{form}" fence="true" stretchy="{grows}" {spacing}>{sign}</mo>'


def derivative(of: str, by: str) -> str:
    """∂of/∂by."""
    over, under = (f"<mrow><mo>∂</mo>{name(part)}</mrow>" for part in (of, by))
    return f"<mfrac>{over}{under}</mfrac>"


def mathml(formula: Formula, write: NumberFormat) -> str:
    """Write a formula as the content of a `math` element; `write` formats its numbers."""
    part = _part_writer(write)
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
            separator = getattr(write, "separator", ", ").strip()
            inside = operator(separator).join(map(part, shorten(arguments)))
            return f"<mi>{_function(function, latex)}</mi>{APPLIED}{fenced(inside)}"
        case Relation(left, sign, right):
            return f"{part(left, 2)}{operator(sign)}{part(right, 2)}"
        case Cases():
            return _cases(formula, part)
        case Derivative(of, by):
            return derivative(of, by)
        case _:
            raise TypeError(f"no MathML for {type(formula).__name__}")


def parts(formula: Formula, write: NumberFormat) -> list[str]:
    """The terms of a sum or the factors of a product, between which a line may be broken.

    Browsers do not break a line inside a `math` element, but they do between two of them.
    """
    part = _part_writer(write)
    match formula:
        case Sum(terms):
            return list(_terms(shorten(terms), part))
        case Product(factors):
            first, *rest = (part(factor, 3) for factor in shorten(factors))
            return [first, *(infix("·") + factor for factor in rest)]
        case _:
            return [mathml(formula, write)]


def _part_writer(write: NumberFormat) -> Callable[..., str]:
    """A function that writes parts of a formula, in brackets if they bind too loosely."""

    def part(inner: Formula, at_least: int = 0) -> str:
        written = mathml(inner, write)
        negative = isinstance(inner, Number) and write(inner.value).startswith("-")
        tight = isinstance(inner, Number) and "e" in write(inner.value) and at_least > 4
        loose = tight or (negative and at_least > 2) or binding(inner) < at_least
        return fenced(written) if loose else f"<mrow>{written}</mrow>"

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
    """Alternatives behind a brace; cases inside the last alternative join the same list."""
    rows: list[tuple[str, str]] = []
    while isinstance(formula, Cases):
        rows.append((part(formula.chosen), f"<mtext>if&#xa0;</mtext>{part(formula.condition)}"))
        formula = formula.otherwise
    rows.append((part(formula), "<mtext>otherwise</mtext>"))
    body = "".join(f"<mtr><mtd>{a}</mtd><mtd>{b}</mtd></mtr>" for a, b in rows)
    return f"<mrow>{_bracket('{', 'prefix', tall=True)}<mtable>{body}</mtable></mrow>"


def _function(function: str, latex: str) -> str:
    """The function's name, or the Greek letter or `ln` that its LaTeX command sets."""
    command = latex.removeprefix("\\")
    return GREEK.get(command) or escape(command if command.isalpha() else function)
