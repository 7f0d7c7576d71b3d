"""The decorators that define a primitive, and the kinds of dependence it can declare."""

from chainrule.ops.define.define import (
    accumulating,
    apply,
    arithmetic,
    binary,
    elementwise,
    floating,
    lift_together,
    logical,
    normal_axes,
    on_floats,
    primitive,
    reduction,
    same,
    unary,
)

__all__ = [
    "accumulating",
    "apply",
    "arithmetic",
    "binary",
    "elementwise",
    "floating",
    "lift_together",
    "logical",
    "normal_axes",
    "on_floats",
    "primitive",
    "reduction",
    "same",
    "unary",
]
