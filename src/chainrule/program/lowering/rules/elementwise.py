"""Rules of elementwise primitives: built into the interpreter, or compiled from their value."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Node
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.rules.registry import lowers
from chainrule.program.view import View


def any_elementwise(
    ctx: LoweringContext, node: Node, /, *inputs: View, **params: Any
) -> View | None:
    """The rule of every elementwise primitive that has no rule of its own.

    Runs the interpreter's built-in operation of this name, or else a kernel that is compiled from
    the primitive's value.
    """
    primitive = node.primitive
    assert primitive is not None
    if primitive.name in ctx.kernels:
        return built_in(ctx, node, primitive.name, *inputs, **params)
    floats = all(source.spec.dtype == ctx.dtype for source in node.inputs)
    if not floats or node.spec.dtype not in (ctx.dtype, bool):
        return None
    if any(type(number) not in (int, float) for number in params.values()):
        return None
    kernel = ctx.kernels.address(primitive, ctx.dtype, len(inputs), tuple(params))
    if not kernel:
        return None
    numbers = [ctx.constant(np.asarray(float(number))) for number in params.values()]
    return ctx.elementwise(primitive.name, [*inputs, *numbers], node, kernel=kernel)


def built_in(
    ctx: LoweringContext, node: Node, name: str, /, *inputs: View, **params: float
) -> View | None:
    """The interpreter's operation `name`, or None if it cannot take these operands."""
    if any(view.buffer.kind != "float" for view in inputs) or node.spec.dtype.kind in "iu":
        return None
    if name not in ctx.kernels or len(params) > 1:
        return None
    return ctx.elementwise(name, inputs, node, *(float(p) for p in params.values()))


@lowers("where")
def where(ctx: LoweringContext, node: Node, *inputs: View) -> View | None:
    """A selection; `where(x > 0, y, 0)`, the backward pass of ReLU, is a "gate" without a mask.

    The gate reads relu(x) instead of x if that is already computed: it is positive where x is.
    """
    mask, y, otherwise = node.inputs
    is_gate = mask.kind == "greater" and _is_zero(mask.inputs[1]) and _is_zero(otherwise)
    if is_gate and "gate" in ctx.kernels:
        x = mask.inputs[0]
        relus = (user for user, _ in ctx.consumers[x] if user.kind == "relu" and user in ctx.views)
        return built_in(ctx, node, "gate", ctx.views[next(relus, x)], ctx.views[y])
    return built_in(ctx, node, "where", *inputs)


@lowers("constant_power")
def constant_power(ctx: LoweringContext, node: Node, x: View, exponent: float) -> View | None:
    """A power; roots, squares and reciprocals have operations that are faster than `pow`."""
    if x.buffer.kind != "float":
        return None
    if exponent == 1:
        return x
    if exponent == 0.5:
        return ctx.elementwise("sqrt", [x], node)
    if exponent == 2:
        return ctx.elementwise("mul", [x, x], node)
    if exponent == -1:
        return ctx.elementwise("div", [ctx.constant(np.asarray(1.0)), x], node)
    return built_in(ctx, node, "constant_power", x, exponent=exponent)


def _is_zero(node: Node) -> bool:
    return node.kind == "constant" and node.value is not None and not node.value.any()
