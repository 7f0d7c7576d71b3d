"""A gradient once more, as products along whole paths, to be unfolded below its step."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from html import escape

from chainrule.explain.derivation import Chain, Product
from chainrule.explain.numbers import balanced, counted, percent
from chainrule.explain.render.html.mathml import infix, slope, wrapped
from chainrule.explain.render.html.notation import Pieces, equation, flow

__all__ = ["paths"]


def paths(chain: Chain, output: str, pieces: Pieces, ranked: bool) -> str:
    """The products, what the others come to, and the sum; nothing where no path has two edges.

    `ranked` paths were asked for: they stand open, each with its share of the gradient.
    """
    if not any(len(product.factors) > 1 for product in chain.products):
        return ""
    lines = "".join(_Paths(chain, output, pieces, ranked).lines())
    told, unfolded = len(chain.products), ' open=""' if ranked else ""
    largest = f", the {told} largest" if told < chain.count else ""
    head = f"Along the {counted(chain.count)} paths from the output{largest}"
    if chain.count == 1:
        head = "Along the one path from the output"
    return f'<details class="chain"{unfolded}><summary>{head}</summary>{lines}</details>'


class _Paths:
    """Writes one chain."""

    def __init__(self, chain: Chain, output: str, pieces: Pieces, ranked: bool) -> None:
        self.c, self.output, self.p, self.ranked = chain, output, pieces, ranked

    def lines(self) -> Iterator[str]:
        c, rest = self.c, self.c.count - len(self.c.products)
        if self.ranked and c.count > 1:
            yield self.remark(
                f"All positive ones together {self.p.red(c.positive)},"
                f" all negative ones {self.p.red(c.negative)}."
            )
        yield from map(self.product, c.products)
        terms = [product.value for product in c.products]
        if rest:
            terms.append(balanced(self.p.write, terms, c.gradient))
            yield self.remark(f"the other {counted(rest)} together {self.p.red(terms[-1])}")
        if c.count > 1:
            left = wrapped(slope(self.output, c.wrt))
            yield equation(left, flow(self.p.plus(terms)), self.p.red(c.gradient), kind="row")

    def product(self, product: Product) -> str:
        share = self.c.share(product) if self.ranked else None
        written = "" if share is None else percent(share).replace("-", "−")
        part = self.remark(f"{written} of the gradient") if written else ""
        route = escape(json.dumps(self.c.route(product)))
        show = f'<button type="button" class="route" data-route="{route}">in the graph</button>'
        return part + equation(
            flow(_times(slope(f.of, f.by) for f in product.factors)),
            flow(_times(self.p.signed(f.value) for f in product.factors)),
            f"{self.p.red(product.value)} {show}",
            kind="row",
        )

    def remark(self, words: str) -> str:
        return f'<p class="via">{words}</p>'


def _times(factors: Iterable[str]) -> Iterator[str]:
    """The pieces of a product."""
    for i, factor in enumerate(factors):
        yield infix("·") + factor if i else factor
