"""The decorators and functions that define primitives: `unary`, `binary`, `reduction`, `primitive`.

A primitive is written as a NumPy function with its rules in the decorator above it.  The decorator
registers the primitive and returns a function that records its applications.
"""

from chainrule.ops.define import dtypes
from chainrule.ops.define.dtypes import *
from chainrule.ops.define.elementwise import binary, broadcast_shapes, elementwise, unary
from chainrule.ops.define.notation import called
from chainrule.ops.define.primitive import (
    apply,
    apply_all,
    as_cotangent,
    lift_together,
    primitive,
    real_only,
    unchanged,
)
from chainrule.ops.define.reduction import normal_axes, normal_axis, reduction, same_along
from chainrule.ops.define.replay import inline, record_again, replay

__all__ = ["apply", "apply_all", "as_cotangent", "binary", "broadcast_shapes", "called"]
__all__ += ["elementwise", "inline"]
__all__ += ["lift_together", "normal_axes", "normal_axis", "primitive", "record_again"]
__all__ += ["real_only", "reduction", "replay", "same_along", "unary", "unchanged"]
__all__ += dtypes.__all__
