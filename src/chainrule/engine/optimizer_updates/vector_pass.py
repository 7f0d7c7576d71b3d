"""The operations of an update on each parameter, in the order in which they are emitted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from chainrule.engine.optimizer_updates.coefficients import is_scalar
from chainrule.engine.optimizer_updates.operations import (
    DIVIDE,
    DIVIDE_APPROXIMATELY,
    MOVE,
    MULTIPLY,
    elementwise_operation,
)
from chainrule.engine.optimizer_updates.recorded_rule import RecordedRule
from chainrule.graph import Node, ancestors
from chainrule.program import ElementwiseOperation

__all__ = ["Applied", "Operand", "VectorPass", "lower_vectors"]

Operand = tuple[str, int]
"""("vector", i): params, grads, slots…; ("coefficient", i); ("result", i) of an operation."""

TINY = 1e-30
"""The smallest divisor of which the reciprocal can be estimated."""

HALF = 0.5
"""The largest share by which a mean can move towards a new value without losing a digit."""


@final
@dataclass(frozen=True)
class Applied:
    """One operation, applied to vectors or to one number for all entries."""

    operation: ElementwiseOperation
    operands: tuple[Operand, ...]


@final
@dataclass(frozen=True)
class VectorPass:
    """What is done for each parameter: plain data, which is all that machine code depends on.

    slots, coefficients   how many there are
    operations            in order
    outputs               the new parameters, then the new slots
    """

    slots: int
    coefficients: int
    operations: tuple[Applied, ...]
    outputs: tuple[Operand, ...]


def lower_vectors(
    rule: RecordedRule, coefficients: dict[tuple[Node, bool], int], *, estimate: bool = False
) -> VectorPass | None:
    """The pass of a rule; None if it contains what is not an elementwise operation with a formula.

    Adds to `coefficients` the nodes that it reads, each with whether it is inverted, and numbers
    them.  With `estimate`, a running mean c·m + (1 − c)·x of gradients or their squares is computed
    as m + (1 − c)·(x − m), and divided by an estimated reciprocal, as in Adam; None if there is no
    such division, or if one does not allow it.
    """
    try:
        lowering = _Lowering(rule, coefficients, estimate=estimate)
        outputs = tuple(lowering.operand(node) for node in rule.outputs)
    except _NotElementwiseError:
        return None
    if estimate and not lowering.estimated:
        return None
    return VectorPass(len(rule.slots), len(coefficients), tuple(lowering.operations), outputs)


class _NotElementwiseError(Exception):
    """The rule has an operation that cannot be emitted."""


@final
class _Lowering:
    def __init__(
        self, rule: RecordedRule, coefficients: dict[tuple[Node, bool], int], *, estimate: bool
    ) -> None:
        self._coefficients = coefficients
        self._estimate, self.estimated = estimate, False
        self._grads, self._shape = rule.grads, rule.params.spec.shape
        leaves = (rule.params, rule.grads, *rule.slots)
        self._vectors = set(leaves)
        self._operands: dict[Node, Operand] = {n: ("vector", i) for i, n in enumerate(leaves)}
        self._means: set[Node] = set()
        self._checked: dict[Node, ElementwiseOperation] = {}
        self.operations: list[Applied] = []
        for node in ancestors(rule.outputs, stop=leaves):  # each after its inputs
            if not self._scalar(node):
                self._check(node)

    def operand(self, node: Node) -> Operand:
        """Where the value of a node is; adds the operations that compute it."""
        if node not in self._operands:
            self._operands[node] = (
                self._coefficient(node) if self._scalar(node) else self._computed(node)
            )
        return self._operands[node]

    def _computed(self, node: Node) -> Operand:
        assert node.primitive is not None
        name, inputs = node.primitive.name, node.inputs
        if name == "add" and self._estimate and (mean := self._moved_mean(node)):
            return mean
        if name == "div" and self._scalar(inputs[1]):
            return self._emit(
                MULTIPLY, self.operand(inputs[0]), self._coefficient(inputs[1], inverse=True)
            )
        if name == "mul" and (quotient := self._scaled_quotient(node)):
            return quotient
        if name == "div" and self._estimate:
            dividend = self.operand(inputs[0])
            means = self._means.intersection(self._factors(inputs[0])[1])
            self._demand(bool(means) and _is_at_least_tiny(inputs[1]))
            self.estimated = True
            return self._emit(DIVIDE_APPROXIMATELY, dividend, self.operand(inputs[1]))
        return self._emit(self._checked[node], *map(self.operand, inputs))

    def _scaled_quotient(self, node: Node) -> Operand | None:
        """c·(x / y) as (c·x) / y, the way in which papers write η·g / √v."""
        scale, quotient = node.inputs if self._scalar(node.inputs[0]) else node.inputs[::-1]
        if not self._scalar(scale) or quotient.kind != "div" or quotient in self._operands:
            return None
        x, y = quotient.inputs
        if self._estimate or self._scalar(x) or self._scalar(y):
            return None
        product = self._emit(MULTIPLY, self._coefficient(scale), self.operand(x))
        return self._emit(DIVIDE, product, self.operand(y))

    def _moved_mean(self, node: Node) -> Operand | None:
        """c·m + (1 − c)·x as m + (1 − c)·(x − m), where x is a gradient or a power of one."""
        (old, means), (share, gradients) = map(self._factors, node.inputs)
        if old is None or share is None or len(means) != 1:
            return None
        c, rest = (float(n.value.flat[0]) if n.value is not None else 2.0 for n in (old, share))
        if c + rest != 1 or any(x is not self._grads for x in gradients) or not gradients:
            return None
        self._demand(rest <= HALF)
        self._means.add(node)
        x = self.operand(self._grads)
        product = x
        for _ in gradients[1:]:
            product = self._emit(MULTIPLY, product, x)
        return self._emit(MOVE, self.operand(means[0]), self._coefficient(share), product)

    def _factors(self, node: Node) -> tuple[Node | None, list[Node]]:
        """The only scalar factor of a product, or None, and its other factors."""
        scalars: list[Node] = []
        others: list[Node] = []
        left = [node]
        while left:
            factor = left.pop()
            if self._scalar(factor):
                scalars.append(factor)
            elif factor.kind == "mul" and factor not in self._vectors:
                left.extend(factor.inputs)
            else:
                others.append(factor)
        return (scalars[0] if len(scalars) == 1 else None), others

    def _coefficient(self, node: Node, *, inverse: bool = False) -> Operand:
        index = self._coefficients.setdefault((node, inverse), len(self._coefficients))
        return "coefficient", index

    def _emit(self, operation: ElementwiseOperation, *operands: Operand) -> Operand:
        applied = Applied(operation, operands)
        if applied in self.operations:
            return "result", self.operations.index(applied)
        self.operations.append(applied)
        return "result", len(self.operations) - 1

    def _scalar(self, node: Node) -> bool:
        return node not in self._vectors and is_scalar(node, self._vectors)

    def _check(self, node: Node) -> None:
        operation = elementwise_operation(node.primitive, dict(node.params), len(node.inputs))
        if operation is None or node.spec.shape != self._shape:
            raise _NotElementwiseError
        self._checked[node] = operation

    def _demand(self, holds: bool) -> None:
        if not holds:
            raise _NotElementwiseError


def _is_at_least_tiny(node: Node) -> bool:
    """Whether a number is `TINY` or more, whatever its operands are."""
    if node.value is not None:
        return bool((node.value >= TINY).all())
    if node.kind != "add":
        return False
    x, y = node.inputs
    return any(
        _is_at_least_tiny(one) and _is_not_negative(other) for one, other in ((x, y), (y, x))
    )


def _is_not_negative(node: Node) -> bool:
    """Whether a number is 0 or more, whatever its operands are."""
    if node.value is not None:
        return bool((node.value >= 0).all())
    return node.kind in _NOT_NEGATIVE and _NOT_NEGATIVE[node.kind](node)


_NOT_NEGATIVE: dict[str, Callable[[Node], bool]] = {
    "sqrt": lambda node: True,
    "abs": lambda node: True,
    "square": lambda node: True,
    "exp": lambda node: True,
    "constant_power": lambda node: node.params["exponent"] in (0.5, 2),
    "add": lambda node: all(map(_is_not_negative, node.inputs)),
    "mul": lambda node: node.inputs[0] is node.inputs[1] or all(map(_is_not_negative, node.inputs)),
    "div": lambda node: all(map(_is_not_negative, node.inputs)),
}
