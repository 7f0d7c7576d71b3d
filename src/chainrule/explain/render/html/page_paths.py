"""The gradient of a step as a sum of products along paths, in a list that can be unfolded."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator

from chainrule.explain.derivation import Chain, Product
from chainrule.explain.render.html.escaping import escape
from chainrule.explain.render.html.mathml import derivative, infix, math_tag
from chainrule.explain.render.html.notation import Notation, breakable, equation
from chainrule.explain.render.wording import number_of_paths, other_paths

__all__ = ["paths_list"]


def paths_list(
    chain: Chain, output: str, notation: Notation, ranked: bool, drawn: Container[str]
) -> str:
    """The largest products, the sum of the others, and the gradient.

    An empty string if no path has two edges.  If the caller asked for a number of paths, `ranked`,
    the list is open and gives each path's share of the gradient.  A path of nodes that are all
    `drawn` can be shown in the graph.
    """
    if not any(len(product.factors) > 1 for product in chain.products):
        return ""
    lines = "".join(_Paths(chain, output, notation, ranked, drawn).lines())
    shown, unfolded = len(chain.products), ' open=""' if ranked else ""
    largest = f", the {shown} largest" if shown < chain.count else ""
    head = f"Along the {notation.numbers.count(chain.count)} paths from the output{largest}"
    if not chain.complete:
        head = f"Along {number_of_paths(chain, notation.numbers)}, the {shown} largest"
    elif chain.count == 1:
        head = "Along the one path from the output"
    return f'<details class="chain"{unfolded}><summary>{head}</summary>{lines}</details>'


class _Paths:
    """Writes the paths to one parameter."""

    def __init__(
        self, chain: Chain, output: str, notation: Notation, ranked: bool, drawn: Container[str]
    ) -> None:
        self.chain, self.output, self.html = chain, output, notation
        self.ranked, self.drawn = ranked, drawn

    def lines(self) -> Iterator[str]:
        c, numbers = self.chain, self.html.numbers
        rest = other_paths(c, numbers)
        if self.ranked and c.count > 1 and c.complete:
            yield self.remark(
                f"All positive ones together {self.html.gradient_span(c.positive)},"
                f" all negative ones {self.html.gradient_span(c.negative)}."
            )
        yield from map(self.product, c.products)
        terms = [product.value for product in c.products]
        if rest:
            terms.append(self.html.numbers.balanced(terms, c.gradient))
            others = self.html.gradient_span(terms[-1])
            yield self.remark(f"{rest.removesuffix(' paths')} together {others}")
        if c.count > 1 or not c.complete:
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
        names = self.chain.route(product)
        route, show = escape(json.dumps(names)), ""
        if all(name in self.drawn for name in names):
            show = (
                f' <button type="button" class="route" data-route="{route}">in the graph</button>'
            )
        return part + equation(
            breakable(_times(derivative(f.of, f.by) for f in product.factors)),
            breakable(_times(self.html.signed(f.value) for f in product.factors)),
            f"{self.html.gradient_span(product.value)}{show}",
            kind="row",
        )

    def remark(self, words: str) -> str:
        return f'<p class="via">{words}</p>'


def _times(factors: Iterable[str]) -> Iterator[str]:
    """Put a · before each factor but the first."""
    for i, factor in enumerate(factors):
        yield infix("·") + factor if i else factor
