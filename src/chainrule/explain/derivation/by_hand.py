"""Derivations by hand: every number is rounded when it is written down, and carried on rounded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.errors import OptionError
from chainrule.explain.derivation.build import build
from chainrule.explain.derivation.question import Question
from chainrule.explain.derivation.steps import (
    BackwardStep,
    Chain,
    Derivation,
    Deviation,
    ForwardStep,
    Product,
    Rounding,
    Update,
)
from chainrule.explain.entries import partition, resolution_of
from chainrule.explain.entries.entry import entry_name
from chainrule.explain.paths.products import times
from chainrule.formula.numbers import NumberStyle, shortest
from chainrule.graph import Array, Graph, Node
from chainrule.ops import Tensor, inline
from chainrule.ops.define import record_again

__all__ = ["build_by_hand"]


def build_by_hand(output: Tensor, question: Question, style: NumberStyle) -> Derivation:
    """The derivation of `output` with every computed number rounded in this style.

    Given numbers stay as they are.  Each shown result is rounded, and what follows is computed from
    the rounded one; so are local gradients, products, sums and updates.  The derivation says how
    far its value and its gradients are from the exact ones.

    Raises OptionError if the derivation leaves out some contributions to a gradient.
    """
    question = question._replace(full=True)
    exact = build(output, question)
    if any(step.omitted for step in exact.backward):
        raise OptionError(
            "round-intermediate",
            expected="a computation small enough to be shown whole",
            got="one of which parts are left out",
            remedy="leave it out",
        )
    rounder = _Rounder(style)
    recorded = _recorded(output, question.resolution, rounder)
    wanted = question.wrt and [
        recorded.get(one.node, one) if isinstance(one, Tensor) else one for one in question.wrt
    ]
    found = build(recorded[output.node], question._replace(wrt=wanted))
    return _Rounded(found, exact, rounder).derivation()


class _Rounder:
    """Rounds numbers, and remembers those that it changed: by value, the last digit kept."""

    def __init__(self, style: NumberStyle) -> None:
        self.style, self.cut = style, dict[float, int]()

    def __call__(self, value: float) -> float:
        if not np.isfinite(value) or not value:
            return value
        found = self.style.rounded(value)
        if found and shortest(value) != shortest(found):
            self.cut[found] = self.style.exponent(value)
        return found


def _recorded(output: Tensor, resolution: str | None, rounder: _Rounder) -> dict[Node, Tensor]:
    """The nodes of the record, recorded again on rounded results."""
    graph = inline(Graph.of([output.node]))
    shown = partition(graph, resolution_of(graph, resolution))
    recorded = {node: Tensor(node) for node in graph.nodes if node.primitive is None}
    for node in graph.nodes:
        if node.primitive is not None:
            recorded = record_again([node], recorded)
            if node in shown:
                recorded[node].node.value = _rounded(recorded[node].value, rounder)
    recorded[output.node] = recorded[graph.outputs[0]]
    return recorded


def _rounded(values: Array, rounder: _Rounder) -> Array:
    return np.array([*map(rounder, values.ravel().tolist())], values.dtype).reshape(values.shape)


class _Rounded:
    """Rounds the steps of a derivation, whose forward pass is rounded already."""

    def __init__(self, derivation: Derivation, exact: Derivation, rounder: _Rounder) -> None:
        self.found, self.exact, self.round = derivation, exact, rounder
        self.gradients = {derivation.output: 1.0}
        self.locals: dict[tuple[str, str], float] = {}

    def derivation(self) -> Derivation:
        forward = tuple(map(self.forward, self.found.forward))
        backward = tuple(map(self.backward, self.found.backward))
        rounded = replace(
            self.found,
            forward=forward,
            backward=backward,
            chains=tuple(map(self.chain, self.found.chains)),
            updates=tuple(map(self.update, self.found.updates)),
            gradients={name: self.whole(name, of) for name, of in self.found.gradients.items()},
            descent=(),  # what the update does to the output is not computed by hand
            zeros=frozenset(),
            effects=(),
        )
        return replace(rounded, rounding=self.rounding(rounded))

    def forward(self, step: ForwardStep) -> ForwardStep:
        locals_ = tuple(replace(one, value=self.round(one.value)) for one in step.locals)
        self.locals |= {(step.name, local.input): local.value for local in locals_}
        return replace(step, locals=locals_)

    def backward(self, step: BackwardStep) -> BackwardStep:
        contributions = tuple(
            replace(
                c,
                local=replace(c.local, value=self.locals[c.via, step.name]),
                upstream=self.gradients[c.via],
                product=self.round(
                    float(times(self.locals[c.via, step.name], self.gradients[c.via]))
                ),
            )
            for c in step.contributions
        )
        if step.name != self.found.output:
            self.gradients[step.name] = self.round(sum(c.product for c in contributions))
        gradient = self.gradients[step.name]
        return replace(step, gradient=gradient, contributions=contributions)

    def chain(self, chain: Chain) -> Chain:
        """The same paths; the sum over them need not be what the backward pass found."""
        products = tuple(map(self.product, chain.products))
        rest = self.round(chain.rest) if chain.count > len(products) else 0.0
        values = [product.value for product in products]
        positive, negative = self.round(chain.positive), self.round(chain.negative)
        if chain.count == len(products):
            positive = self.round(sum(value for value in values if value > 0))
            negative = self.round(sum(value for value in values if value < 0))
        return replace(
            chain,
            gradient=self.round(sum(values) + rest),
            products=products,
            rest=rest,
            positive=positive,
            negative=negative,
        )

    def product(self, product: Product) -> Product:
        """Multiplied from the output on, and rounded after each factor."""
        factors = tuple(replace(f, value=self.locals[f.of, f.by]) for f in product.factors)
        value = 1.0
        for factor in factors:
            value = self.round(float(times(value, factor.value)))
        return Product(factors, value)

    def update(self, update: Update) -> Update:
        # what is learnt need not be among what is shown
        gradient = self.gradients.get(update.name, self.round(update.gradient))
        new = self.round(update.old - self.round(update.learning_rate * gradient))
        return replace(update, gradient=gradient, new=new)

    def whole(self, name: str, gradients: object) -> Any:
        """The gradient of a whole array, entry by entry."""
        values = np.array(gradients, float)
        for index in np.ndindex(*values.shape):
            values[index] = self.gradients.get(entry_name(name, index), values[index])
        return values.tolist()

    def rounding(self, rounded: Derivation) -> Rounding:
        exact = {step.name: step.gradient for step in self.exact.backward}
        rows = [Deviation(rounded.output, rounded.value, self.exact.value)]
        rows += [
            Deviation(
                f"∂{rounded.output}/∂{chain.wrt}", self.gradients[chain.wrt], exact[chain.wrt]
            )
            for chain in rounded.chains
        ]
        rows += [
            Deviation(f"{new.name}⁺", new.new, old.new)
            for new, old in zip(rounded.updates, self.exact.updates, strict=True)
        ]
        style = self.round.style
        digits = style.digits if style.significant is None else style.significant
        given = {step.value for step in rounded.forward if step.leaf}
        cut = {value: last for value, last in self.round.cut.items() if value not in given}
        return Rounding(digits, style.significant is not None, tuple(rows), cut, self.exact.zeros)
