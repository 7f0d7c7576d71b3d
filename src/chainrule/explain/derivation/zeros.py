"""Finds the numbers of a derivation that are 0 but for rounding."""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.explain.derivation.rounding_errors import (
    Approximate,
    Effect,
    Effects,
    error_of,
    half_ulp,
    multiplied,
    summed,
    typed,
)
from chainrule.explain.derivation.steps import BackwardStep, Chain, Derivation, ForwardStep
from chainrule.formula import Formula, Symbol

__all__ = ["precision_of", "zeros"]

Precision = type[np.floating]

UNKNOWN = 4
"""Roundings that are allowed for an operation whose formula is not arithmetic."""


def precision_of(dtype: Any) -> Precision:
    """The precision that an array of floats is computed in."""
    return np.float32 if np.dtype(dtype).itemsize < 8 else np.float64


def zeros(
    derivation: Derivation, keys: Sequence[Hashable], precisions: Sequence[Precision]
) -> tuple[frozenset[float], Effects]:
    """The numbers that are not 0, but no farther from it than their rounding errors may be.

    `keys` are those of the symbols of the forward steps, `precisions` what they are computed in.
    A number that also occurs where it is known better is left out, and so is one of which nothing
    would be left if others were 0: 1/z.  With them comes what depends on them.
    """
    analysis = _Analysis(derivation, keys, precisions)
    found, others = set[float](), {0.0}
    for number in analysis.numbers():
        (found if number.zero else others).add(number.value)
    found -= others
    for chain in derivation.chains:
        found.update(_products(chain, found) - others)
    while found:
        effects = list(analysis.effects(found))
        impossible = {one.result for one in effects if math.isinf(one.without)} & found
        if not impossible:
            return frozenset(found), tuple(dict.fromkeys(effects))
        found -= impossible
    return frozenset(), ()


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

    def effects(self, zeros: Collection[float]) -> Iterator[Effect]:
        """What each result would be if those of its operands were 0 that are in `zeros`."""

        def if_zero(value: float) -> float:
            return 0.0 if value in zeros else value

        none = Approximate(0.0, 0.0)
        known = {key: none if a.value in zeros else a for key, a in self.known.items()}
        for step, precision in zip(self.derivation.forward, self.precisions, strict=True):
            operands = {
                self.values[one.input].value for one in step.locals if one.input in self.values
            }
            operands &= set(zeros)
            if operands and not step.leaf:
                without = self._without(step.formula, step.value, known, precision, zeros)
                yield from (Effect(zero, step.value, without) for zero in operands)
            for local in step.locals:
                without = self._without(local.formula, local.value, known, precision, zeros)
                if without != local.value:
                    own = operands | ({step.value} & set(zeros))
                    yield from (Effect(zero, local.value, without) for zero in own)
        d = self.derivation
        for step in d.backward:
            for c in step.contributions:
                yield from _of_product((c.local.value, c.upstream), c.product, zeros)
            yield from _of_sum([c.product for c in step.contributions], step.gradient, zeros)
        for chain in d.chains:
            for product in chain.products:
                factors = [factor.value for factor in product.factors]
                yield from _of_product(factors, product.value, zeros)
            yield from _of_sum([one.value for one in chain.products], chain.gradient, zeros)
        for one in d.updates:
            moved = -one.learning_rate * if_zero(one.gradient)
            without = _if_zero(one.new, [if_zero(one.old), moved], zeros)
            for zero in {one.old, one.gradient} & set(zeros):
                yield Effect(zero, one.new, without)

    def _without(
        self,
        formula: Formula,
        value: float,
        known: Mapping[Hashable, Approximate],
        precision: Precision,
        zeros: Collection[float],
    ) -> float:
        """The value of a formula for other numbers; NaN if it cannot be evaluated."""
        found = error_of(formula, self.known, precision)
        if found is None or not _agree(found, value):
            return math.nan
        other = error_of(formula, known, precision)
        if other is None or (value in zeros and other.value and not other.zero):
            return math.inf
        return value + (other.value - found.value)


def _of_product(
    factors: Sequence[float], product: float, zeros: Collection[float]
) -> Iterator[Effect]:
    """A product is 0 if any factor is."""
    if product:
        yield from (Effect(factor, product, 0.0) for factor in factors if factor in zeros)


def _of_sum(terms: Sequence[float], total: float, zeros: Collection[float]) -> Iterator[Effect]:
    """A sum loses the terms that are 0."""
    if len(terms) > 1 and total:
        without = _if_zero(total, [0.0 if term in zeros else term for term in terms], zeros)
        yield from (Effect(term, total, without) for term in terms if term in zeros)


def _if_zero(total: float, terms: Sequence[float], zeros: Collection[float]) -> float:
    """The sum of terms; infinite if it is not 0, although the total is one of the zeros."""
    other = summed([Approximate(term, half_ulp(term)) for term in terms])
    return math.inf if total in zeros and other.value and not other.zero else other.value


def _taken(value: float) -> Approximate:
    """A number of which only the value is known."""
    return Approximate(value, UNKNOWN * typed(value).error)


def _agree(found: Approximate, value: float) -> bool:
    """Whether a formula, evaluated term by term, gives the value that was computed."""
    return abs(found.value - value) <= 2 * found.error + 1e-6 * abs(value)
