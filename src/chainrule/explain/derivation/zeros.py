"""Finds the numbers of a derivation that are 0 but for rounding."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import numpy as np

from chainrule.explain.derivation.rounding_errors import (
    Approximate,
    error_of,
    half_ulp,
    multiplied,
    summed,
    typed,
)
from chainrule.explain.derivation.steps import BackwardStep, Chain, Derivation, ForwardStep
from chainrule.formula import Symbol

__all__ = ["precision_of", "zeros"]

Precision = type[np.floating]

UNKNOWN = 4
"""Roundings that are allowed for an operation whose formula is not arithmetic."""


def precision_of(dtype: Any) -> Precision:
    """The precision that an array of floats is computed in."""
    return np.float32 if np.dtype(dtype).itemsize < 8 else np.float64


def zeros(
    derivation: Derivation, keys: Sequence[Hashable], precisions: Sequence[Precision]
) -> frozenset[float]:
    """The numbers that are not 0, but no farther from it than their rounding errors may be.

    `keys` are those of the symbols of the forward steps, `precisions` what they are computed in.
    A number that also occurs where it is known better is left out.
    """
    analysis = _Analysis(derivation, keys, precisions)
    found, others = set[float](), {0.0}
    for number in analysis.numbers():
        (found if number.zero else others).add(number.value)
    found -= others
    for chain in derivation.chains:
        found.update(_products(chain, found) - others)
    return frozenset(found)


def _products(chain: Chain, found: set[float]) -> set[float]:
    """The products along paths with a factor that is 0 but for rounding."""
    return {
        product.value
        for product in chain.products
        if any(factor.value in found for factor in product.factors)
    }


class _Analysis:
    """The running error analysis of one derivation."""

    def __init__(
        self, derivation: Derivation, keys: Sequence[Hashable], precisions: Sequence[Precision]
    ) -> None:
        self.derivation = derivation
        self.keys, self.precisions = keys, precisions
        self.known: dict[Hashable, Approximate] = {}
        self.values: dict[str, Approximate] = {}
        self.locals: dict[tuple[str, str], Approximate] = {}
        self.gradients: dict[str, Approximate] = {}
        names = [step.name for step in derivation.forward]
        self.precision = dict(zip(names, precisions, strict=True))
        for operand in derivation.operands:
            if isinstance(operand.formula, Symbol):
                self.known[operand.formula.key] = _taken(operand.value)

    def numbers(self) -> Iterator[Approximate]:
        """Every number of the derivation, with a bound of its error."""
        steps = zip(self.derivation.forward, self.keys, self.precisions, strict=True)
        for step, key, precision in steps:
            yield self.forward(step, key, precision)
            yield from self.local_gradients(step, key, precision)
        for step in self.derivation.backward:
            yield from self.backward(step)
        for update in self.derivation.updates:
            # what is learnt need not be among what is shown
            old = self.values.get(update.name, _taken(update.old))
            slope = self.gradients.get(update.name, _taken(update.gradient))
            rate = -update.learning_rate
            moved = multiplied(Approximate(rate, half_ulp(rate)), slope)
            yield Approximate(update.new, summed([old, moved]).error)

    def forward(self, step: ForwardStep, key: Hashable, precision: Precision) -> Approximate:
        found = typed(step.value, precision)
        if not step.leaf:
            evaluated = error_of(step.formula, self.known, precision)
            if evaluated is None or not _agree(evaluated, step.value):
                inputs = ((local.value, self.values.get(local.input)) for local in step.locals)
                carried = sum(abs(slope) * known.error for slope, known in inputs if known)
                error = carried + UNKNOWN * half_ulp(step.value, precision)
            else:
                error = evaluated.error
            found = Approximate(step.value, error)
        self.known[key] = self.values[step.name] = found
        return found

    def local_gradients(
        self, step: ForwardStep, key: Hashable, precision: Precision
    ) -> Iterator[Approximate]:
        # the slope σ·(1 − σ) of a saturated sigmoid is that of the output as it was computed
        own: dict[Hashable, Approximate] = {key: Approximate(step.value, 0.0)}
        for local in step.locals:
            error = UNKNOWN * half_ulp(local.value, precision)
            evaluated = error_of(local.formula, ChainMap(own, self.known), precision)
            if evaluated is not None and _agree(evaluated, local.value):
                error = evaluated.error
            found = Approximate(local.value, error)
            self.locals[step.name, local.input] = found
            yield found

    def backward(self, step: BackwardStep) -> Iterator[Approximate]:
        precision = self.precision[step.name]
        products: list[Approximate] = []
        for c in step.contributions:
            # a consumer need not be listed
            local = self.locals.get((c.via, step.name), _taken(c.local.value))
            upstream = self.gradients.get(c.via, _taken(c.upstream))
            error = multiplied(local, upstream, precision).error
            products.append(Approximate(c.product, error))
        found = Approximate(step.gradient, summed(products, precision).error)
        self.gradients[step.name] = found
        yield from products
        # of terms that are not shown nothing is known: then the sum is what it is
        yield Approximate(found.value, 0.0) if step.omitted else found


def _taken(value: float) -> Approximate:
    """A number of which only the value is known."""
    return Approximate(value, UNKNOWN * typed(value).error)


def _agree(found: Approximate, value: float) -> bool:
    """Whether a formula, evaluated term by term, gives the value that was computed."""
    return abs(found.value - value) <= 2 * found.error + 1e-6 * abs(value)
