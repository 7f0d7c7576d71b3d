"""Paths as plain text: how many, what they add up to, and the largest of them in full."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chainrule.explain.derivation import Chain
from chainrule.explain.numbers import counted, percent
from chainrule.explain.render.text.derivation import wrapped

__all__ = ["paths"]


def paths(chain: Chain, output: str, number: Callable[[float], str]) -> Iterator[str]:
    """∂output/∂wrt: the sums, the largest products with their routes and factors, the others."""
    told, some = len(chain.products), chain.count != 1
    slope = f"∂{output}/∂{chain.wrt} = {number(chain.gradient)}"
    yield from wrapped(f"{slope}, over {counted(chain.count)} path{'s' * some}", 2, 4)
    if some:
        signs = f"positive {number(chain.positive)}, negative {number(chain.negative)}"
        yield from wrapped(f"all paths together: {signs}", 4, 6)
    for i, product in enumerate(chain.products, start=1):
        share = chain.share(product)
        part = "" if share is None else f"   {percent(share)} of the gradient"
        label = f"{i}.".rjust(len(str(told)) + 1)
        indent = 5 + len(label)
        yield f"    {label} {number(product.value)}{part}"
        yield from wrapped(" ← ".join(chain.route(product)), indent, indent + 2)
        if len(product.factors) > 1:
            factors = " · ".join(number(factor.value) for factor in product.factors)
            yield from wrapped(f"= {factors}", indent, indent + 2)
    if chain.count > told:
        rest = "the path" if chain.count - told == 1 else f"{counted(chain.count - told)} paths"
        others = f"the other {rest.removeprefix('the ')} together" if told else rest
        yield from wrapped(f"{others}: {number(chain.rest)}", 4, 6)
