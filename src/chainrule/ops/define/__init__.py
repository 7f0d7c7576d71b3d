"""The decorators and functions that define primitives: `unary`, `binary`, `reduction`, `primitive`.

A primitive is written as a NumPy function with its rules in the decorator above it.  The decorator
registers the primitive and returns a function that records its applications.
"""

from chainrule.ops.define.dtypes import (
    accumulating,
    arithmetic,
    floating,
    logical,
    on_floats,
    same,
)
from chainrule.ops.define.elementwise import binary, elementwise, unary
from chainrule.ops.define.primitive import apply, apply_all, lift_together, primitive, unchanged
from chainrule.ops.define.reduction import normal_axes, reduction

__all__ = [
    "accumulating",
    "apply",
    "apply_all",
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
    "unchanged",
]
