"""The gradient of a step as a sum of products along paths, in a list that can be unfolded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from html import escape

from chainrule.explain.derivation import Chain, Product
from chainrule.explain.render.html.mathml import derivative, infix, math_tag
from chainrule.explain.render.html.notation import Notation, breakable, equation

__all__ = ["paths_list"]


def paths_list(chain: Chain, output: str, notation: Notation, ranked: bool) -> str:
    """The largest products, the sum of the others, and the gradient.

    An empty string if no path has two edges.  If the caller asked for a number of paths, `ranked`,
    the list is open and gives each path's share of the gradient.
    """
    if not any(len(product.factors) > 1 for product in chain.products):
        return ""
    lines = "".join(_Paths(chain, output, notation, ranked).lines())
    shown, unfolded = len(chain.products), ' open=""' if ranked else ""
    largest = f", the {shown} largest" if shown < chain.count else ""
    head = f"Along the {notation.numbers.count(chain.count)} paths from the output{largest}"
    if chain.count == 1:
        head = "Along the one path from the output"
    return f'<details class="chain"{unfolded}><summary>{head}</summary>{lines}</details>'


class _Paths:
    """Writes the paths to one parameter."""

    def __init__(self, chain: Chain, output: str, notation: Notation, ranked: bool) -> None:
        self.chain, self.output, self.html, self.ranked = chain, output, notation, ranked

    def lines(self) -> Iterator[str]:
        c, rest = self.chain, self.chain.count - len(self.chain.products)
        if self.ranked and c.count > 1:
            yield self.remark(
                f"All positive ones together {self.html.gradient_span(c.positive)},"
                f" all negative ones {self.html.gradient_span(c.negative)}."
            )
        yield from map(self.product, c.products)
        terms = [product.value for product in c.products]
        if rest:
            terms.append(self.html.numbers.balanced(terms, c.gradient))
            others = self.html.gradient_span(terms[-1])
            yield self.remark(f"the other {self.html.numbers.count(rest)} together {others}")
        if c.count > 1:
            left = math_tag(derivative(self.output, c.wrt))
            yield equation(
                left,
                breakable(self.html.plus(terms)),
                self.html.gradient_span(c.gradient),
                kind="row",
            )

    def product(self, product: Product) -> str:
        share = self.chain.share(product) if self.ranked else None
        written = "" if share is None else self.html.numbers.percent(share).replace("-", "−")
        part = self.remark(f"{written} of the gradient") if written else ""
        route = escape(json.dumps(self.chain.route(product)))
        show = f'<button type="button" class="route" data-route="{route}">in the graph</button>'
        return part + equation(
            breakable(_times(derivative(f.of, f.by) for f in product.factors)),
            breakable(_times(self.html.signed(f.value) for f in product.factors)),
            f"{self.html.gradient_span(product.value)} {show}",
            kind="row",
        )

    def remark(self, words: str) -> str:
        return f'<p class="via">{words}</p>'


def _times(factors: Iterable[str]) -> Iterator[str]:
    """Put a · before each factor but the first."""
    for i, factor in enumerate(factors):
        yield infix("·") + factor if i else factor
