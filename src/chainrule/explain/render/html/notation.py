"""Numbers, names and formulas as HTML: what the fragment and the page are both set from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from chainrule.explain.derivation import Factor
from chainrule.explain.numbers import writer
from chainrule.explain.render.html.mathml import (
    fenced,
    infix,
    mathml,
    number,
    operator,
    parts,
    slope,
    wrapped,
)
from chainrule.explain.render.name_parts import GREEK, split
from chainrule.graph.formula import Formula
from chainrule.graph.formula.text import binding

__all__ = ["Pieces", "equation", "flow", "name_html"]


def flow(pieces: Iterable[str]) -> str:
    """Pieces of a formula, each a formula of its own: a line may end between two of them."""
    return "<wbr/>".join(map(wrapped, pieces))


def equation(left: str, *rights: str, kind: str = "") -> str:
    """`left = right = …`, what says nothing new left out: a line each, or in a `row`."""
    unique = list(dict.fromkeys(rights))
    lines = "".join(f"<p>{wrapped(operator('='))} {right}</p>" for right in unique)
    return f'<div class="equation {kind}"><p>{left}</p><div>{lines}</div></div>'


def name_html(written: str) -> str:
    """A name in running text, its subscript lowered; copied or read aloud it is the name typed.

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
    else:  # a number and a word below, as in w1_out: left as it was typed
        return f'<span class="name">{escape(written)}</span>'
    low = f"{joint}<sub>{escape(subscript)}</sub>" if subscript else ""
    return f'<span class="name">{escape(GREEK.get(stem, stem))}{low}{escape(entry)}</span>'


class Pieces:
    """Writes with one way of writing numbers."""

    def __init__(self, digits: int) -> None:
        self.write = writer(digits)

    def number(self, value: float) -> str:
        """A number as text that can be selected, a power of ten raised."""
        mantissa, _, exponent = self.write(value).replace("-", "−").partition("e")
        if not exponent:
            return mantissa
        return f"{mantissa}·10<sup>{exponent[0].strip('+')}{int(exponent[1:])}</sup>"

    def green(self, value: float) -> str:
        """A value, as a result."""
        return f'<span class="value">{self.number(value)}</span>'

    def red(self, value: float) -> str:
        """A gradient or a part of one, as a result."""
        return f'<span class="gradient">{self.number(value)}</span>'

    def math(self, formula: Formula) -> str:
        """A formula of its own."""
        return wrapped(mathml(formula, self.write))

    def flowing(self, formula: Formula) -> str:
        """The formula, whose terms or factors may go on in the next line."""
        return flow(parts(formula, self.write))

    def inner(self, formula: Formula) -> str:
        """A formula as a part of another one."""
        return f"<mrow>{mathml(formula, self.write)}</mrow>"

    def factor(self, formula: Formula) -> str:
        """A formula as a factor, in brackets if it is a sum or has a sign."""
        made = self.inner(formula)
        return made if binding(formula) > 2 else fenced(made)

    def value(self, value: float) -> str:
        """A number within a formula."""
        return number(self.write(value))

    def signed(self, value: float) -> str:
        """A number within a formula, in brackets if it has a sign."""
        made = self.value(value)
        return fenced(made) if self.write(value).startswith("-") else made

    def plus(self, terms: Iterable[float]) -> list[str]:
        """A sum of numbers, in pieces that a line may be broken between."""
        first, *rest = terms
        return [self.value(first), *(infix("+") + self.signed(term) for term in rest)]

    def times(self, factors: Iterable[str], sign: str = "·") -> str:
        """A product."""
        return operator(sign).join(factors)

    def factors(self, factors: Sequence[Factor]) -> tuple[str, str]:
        """The product along a path in names and in numbers."""
        names = self.times(slope(f.of, f.by) for f in factors)
        return names, self.times(self.signed(f.value) for f in factors)
