"""The largest paths of a gradient as plain text, and the sums over all paths."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.explain.derivation import Chain
from chainrule.explain.render.text.lines import wrapped
from chainrule.explain.render.wording import number_of_paths, other_paths
from chainrule.formula.numbers import NumberWriter

__all__ = ["largest_paths"]


def largest_paths(chain: Chain, output: str, number: NumberWriter) -> Iterator[str]:
    """∂output/∂wrt, the sums by sign, the largest products with route and factors, and the rest."""
    shown, several = len(chain.products), chain.count != 1
    derivative = f"∂{output}/∂{chain.wrt} = {number.result(chain.gradient)}"
    yield from wrapped(f"{derivative}, over {number_of_paths(chain, number)}", 2, 4)
    if several and chain.complete:
        signs = f"positive {number(chain.positive)}, negative {number(chain.negative)}"
        yield from wrapped(f"all paths together: {signs}", 4, 6)
    for i, product in enumerate(chain.products, start=1):
        share = chain.share(product)
        part = "" if share is None else f"   {number.percent(share)} of the gradient"
        label = f"{i}.".rjust(len(str(shown)) + 1)
        indent = 5 + len(label)
        yield f"    {label} {number(product.value)}{part}"
        yield from wrapped(" ← ".join(chain.route(product)), indent, indent + 2)
        if len(product.factors) > 1:
            factors = " · ".join(number.signed(factor.value) for factor in product.factors)
            yield from wrapped(f"= {factors}", indent, indent + 2)
    if not chain.complete:
        yield from wrapped(f"{other_paths(chain, number)} together: {number(chain.rest)}", 4, 6)
    elif chain.count > shown:
        rest = (
            "the path" if chain.count - shown == 1 else f"{number.count(chain.count - shown)} paths"
        )
        others = f"the other {rest.removeprefix('the ')} together" if shown else rest
        yield from wrapped(f"{others}: {number(chain.rest)}", 4, 6)
