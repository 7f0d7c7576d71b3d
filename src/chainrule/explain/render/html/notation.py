"""Numbers, names and formulas as HTML, for fragments and pages alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chainrule.explain.derivation import Factor
from chainrule.explain.render.html.escaping import escape
from chainrule.explain.render.html.mathml import (
    derivative,
    fenced,
    infix,
    math_tag,
    mathml,
    number,
    operator,
    parts,
)
from chainrule.explain.render.name_parts import GREEK, split
from chainrule.formula import Formula
from chainrule.formula.numbers import NumberWriter, PlainWriter
from chainrule.formula.text import binding

__all__ = ["Notation", "breakable", "equation", "name_html"]


def breakable(pieces: Iterable[str]) -> str:
    """Join pieces of a formula so that a line may be broken between any two of them."""
    return "<wbr/>".join(map(math_tag, pieces))


def equation(left: str, *rights: str, kind: str = "") -> str:
    """`left = right = …` without repetitions, one right side per line, or in a `row`."""
    unique = list(dict.fromkeys(rights))
    lines = "".join(f"<p>{math_tag(operator('='))} {right}</p>" for right in unique)
    return f'<div class="equation {kind}"><p>{left}</p><div>{lines}</div></div>'


def name_html(written: str) -> str:
    """A name in running text with its subscript; copied or read aloud, it is the name as typed.

    >>> name_html("w5")
    '<span class="name">w<sub>5</sub></span>'
    >>> name_html("net_h1")
    '<span class="name">net<span class="unseen">_</span><sub>h1</sub></span>'
    """
    stem, subscript, entry = split(written)
    if f"{stem}{subscript}{entry}" == written:
        joint = ""
    elif f"{stem}_{subscript}{entry}" == written:
        joint = '<span class="unseen">_</span>'
    else:  # a number and a word as subscripts, as in w1_out: left as typed
        return f'<span class="name">{escape(written)}</span>'
    low = f"{joint}<sub>{escape(subscript)}</sub>" if subscript else ""
    return f'<span class="name">{escape(GREEK.get(stem, stem))}{low}{escape(entry)}</span>'


def raised(written: str) -> str:
    """A number in Python's notation as text with true minus signs and a raised exponent."""
    mantissa, _, exponent = written.replace("-", "−").partition("e")
    if not exponent:
        return mantissa
    return f"{mantissa}·10<sup>{exponent[0].strip('+')}{int(exponent[1:])}</sup>"


class Notation:
    """Writes numbers and formulas as HTML, all in the same style."""

    def __init__(self, numbers: NumberWriter) -> None:
        self.numbers = numbers
        self.write = PlainWriter(self.numbers)

    def number(self, value: float) -> str:
        """A number as text, which can be selected, with its power of ten raised."""
        return raised(self.write(value))

    def result(self, value: float) -> str:
        """A number that was just computed; if it is 0 but for rounding, with what it is."""
        residue = self.marked(self.numbers.residue(value))
        return f"0 (rounding: {raised(residue)})" if residue else self.number(value)

    def column(self, values: Sequence[float]) -> list[str]:
        """The numbers of a column, all in one style."""
        written = self.numbers.plain_column(values)
        return [
            self.result(value) if self.numbers.residue(value) else raised(self.marked(plain))
            for value, plain in zip(values, written, strict=True)
        ]

    def marked(self, plain: str) -> str:
        """A number in Python's notation, with the mark of the style."""
        return plain.replace(".", self.numbers.mark)

    def value_span(self, value: float) -> str:
        """A value in the colour of values."""
        return f'<span class="value">{self.result(value)}</span>'

    def gradient_span(self, value: float) -> str:
        """A gradient, or a part of one, in the colour of gradients."""
        return f'<span class="gradient">{self.result(value)}</span>'

    def math(self, formula: Formula) -> str:
        """A formula that is not broken."""
        return math_tag(mathml(formula, self.write))

    def flowing(self, formula: Formula) -> str:
        """A formula that may be broken between its terms or factors."""
        return breakable(parts(formula, self.write))

    def inner(self, formula: Formula) -> str:
        """A formula inside another one."""
        return f"<mrow>{mathml(formula, self.write)}</mrow>"

    def factor(self, formula: Formula) -> str:
        """A formula as a factor, in brackets if it is a sum or a negation."""
        written = self.inner(formula)
        return written if binding(formula) > 2 else fenced(written)

    def value(self, value: float) -> str:
        """A number inside a formula."""
        return number(self.write(value))

    def signed(self, value: float) -> str:
        """A number inside a formula, in brackets if it is negative."""
        written = self.value(value)
        return fenced(written) if self.write(value).startswith("-") else written

    def plus(self, terms: Iterable[float]) -> list[str]:
        """A sum of numbers, as pieces between which a line may be broken."""
        first, *rest = terms
        return [self.value(first), *(infix("+") + self.signed(term) for term in rest)]

    def times(self, factors: Iterable[str], sign: str = "·") -> str:
        """A product of factors."""
        return operator(sign).join(factors)

    def factors(self, factors: Sequence[Factor]) -> tuple[str, str]:
        """The product along a path in names and in numbers."""
        names = self.times(derivative(f.of, f.by) for f in factors)
        return names, self.times(self.signed(f.value) for f in factors)
