"""The elementwise operations that an update may consist of.

Their formulas are the values of the primitives, which are applied to numbers that stand for
vectors.  Two more are introduced by lowering.
"""

from __future__ import annotations

from chainrule.engine.kernels.elementwise_loops import Loop, is_formula
from chainrule.engine.simd.ir_number import Number
from chainrule.graph import Primitive
from chainrule.program import ElementwiseOperation
from chainrule.program.elementwise import built_in

__all__ = ["DIVIDE", "DIVIDE_APPROXIMATELY", "MOVE", "MULTIPLY", "elementwise_operation"]


def elementwise_operation(
    primitive: Primitive | None, params: dict[str, object], operands: int
) -> ElementwiseOperation | None:
    """A primitive with its parameters as an operation; None if it is not one with a formula."""
    if primitive is None or not primitive.elementwise:
        return None
    numbers = {name: value for name, value in params.items() if type(value) is float}
    operation = ElementwiseOperation(primitive.name, primitive.value, tuple(numbers.items()))
    compiles = len(numbers) == len(params) and is_formula(Loop.of(operation, operands))
    return operation if compiles else None


def _move(mean: Number, share: Number, x: Number) -> Number:
    return mean + share * (x - mean)


MOVE = ElementwiseOperation("move", _move)
"""A mean that moves by a share of its distance to a new value."""

DIVIDE_APPROXIMATELY = ElementwiseOperation("divide_approximately", Number.divide_approximately)
"""See there."""

MULTIPLY, DIVIDE = built_in("mul"), built_in("div")
