"""Rules of elementwise primitives: their NumPy functions are computed entry by entry."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np

from chainrule.graph import Node
from chainrule.program.elementwise import MAX_OPERANDS, ElementwiseOperation
from chainrule.program.elementwise import built_in as operation
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.rules.registry import lowers
from chainrule.program.view import View

POINTS = [i / 4 for i in range(-16, 17)]
"""Numbers that stand for any other operand when functions of booleans are compared."""


def any_elementwise(
    ctx: LoweringContext, node: Node, /, *inputs: View, **params: float
) -> View | None:
    """The rule of every elementwise primitive that has no rule of its own.

    None if an operand or the result is an integer, a parameter is no number, or the primitive does
    not compute with booleans as with 0 and 1.
    """
    primitive = node.primitive
    assert primitive is not None
    if len(inputs) > MAX_OPERANDS or not _only_floats(ctx, node, *inputs):
        return None
    if any(type(number) not in (int, float) for number in params.values()):
        return None
    wanted = ElementwiseOperation(primitive.name, primitive.value, tuple(params.items()))
    booleans = tuple(source.spec.dtype.kind == "b" for source in node.inputs)
    if any(booleans) and not _counts_booleans(wanted, booleans):
        return None
    return ctx.elementwise(wanted, inputs, node)


@cache
def _counts_booleans(wanted: ElementwiseOperation, booleans: tuple[bool, ...]) -> bool:
    """Whether an operation is the same for the booleans among its operands and for 0 and 1."""
    choices = [[0.0, 1.0] if boolean else POINTS for boolean in booleans]
    columns = [np.array(column) for column in zip(*itertools.product(*choices), strict=True)]
    as_stated = [
        column.astype(bool) if boolean else column
        for column, boolean in zip(columns, booleans, strict=True)
    ]
    try:
        with np.errstate(all="ignore"):
            found, expected = wanted(*columns), wanted(*as_stated)
    except TypeError:  # NumPy refuses to negate or subtract booleans
        return False
    return np.array_equal(np.asarray(found, float), np.asarray(expected, float), equal_nan=True)


def built_in(ctx: LoweringContext, node: Node, name: str, /, *inputs: View) -> View | None:
    """The operation called `name`, or None if it cannot take these operands."""
    return ctx.elementwise(name, inputs, node) if _only_floats(ctx, node, *inputs) else None


def _only_floats(ctx: LoweringContext, node: Node, *inputs: View) -> bool:
    """Whether operands and result are stored as the program's floats, as booleans are, too."""
    dtypes = [ctx.stored(node.spec.dtype), *(view.buffer.dtype for view in inputs)]
    return all(dtype == ctx.dtype for dtype in dtypes)


@lowers("where")
def where(ctx: LoweringContext, node: Node, *inputs: View) -> View | None:
    """A selection; `where(x > 0, y, 0)`, the backward pass of ReLU, is a "gate" without a mask.

    The gate reads relu(x) instead of x if that is already computed: it is positive where x is.
    """
    mask, y, otherwise = node.inputs
    is_gate = mask.kind == "greater" and _is_zero(mask.inputs[1]) and _is_zero(otherwise)
    if is_gate:
        x = mask.inputs[0]
        relus = (user for user, _ in ctx.consumers[x] if user.kind == "relu" and user in ctx.views)
        return built_in(ctx, node, "gate", ctx.views[next(relus, x)], ctx.views[y])
    return built_in(ctx, node, "where", *inputs)


@lowers("constant_power")
def constant_power(ctx: LoweringContext, node: Node, x: View, exponent: float) -> View | None:
    """A power; roots, squares and reciprocals have operations that are faster than `pow`."""
    if not _only_floats(ctx, node, x):
        return None
    if exponent == 1:
        return x
    if exponent == 0.5:
        return ctx.elementwise("sqrt", [x], node)
    if exponent == 2:
        return ctx.elementwise("mul", [x, x], node)
    if exponent == -1:
        return ctx.elementwise("div", [ctx.constant(np.asarray(1.0)), x], node)
    return ctx.elementwise(operation("constant_power", {"exponent": exponent}), [x], node)


def _is_zero(node: Node) -> bool:
    return node.kind == "constant" and node.value is not None and not node.value.any()
