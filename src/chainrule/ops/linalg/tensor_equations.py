"""Systems of equations whose unknowns, and right sides, are arrays with several axes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from chainrule.arguments import whole_number, whole_numbers
from chainrule.errors import ShapeError
from chainrule.ops.define import lift_together, normal_axis
from chainrule.ops.linalg.inverse import inv
from chainrule.ops.linalg.solve import solve
from chainrule.ops.registry import provides
from chainrule.ops.shapes import reshape, transpose
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["tensorinv", "tensorsolve"]


@provides("tensorsolve", np.linalg.tensorsolve)
def tensorsolve(a: Operand, b: Operand, axes: Sequence[int] | None = None) -> Tensor:
    """The x for which the sum of a·x over all axes of x is b; see `numpy.linalg.tensorsolve`.

    These are the last axes of a, after those in `axes` have been moved to its end.

    >>> import numpy as np, chainrule as cr
    >>> np.linalg.tensorsolve(cr.variable(2.0 * np.eye(4).reshape(2, 2, 4)), np.ones((2, 2)))
    Tensor([0.5, 0.5, 0.5, 0.5])
    """
    name = "np.linalg.tensorsolve"
    left, right = lift_together(a, b)
    if axes is not None:
        given = whole_numbers(f"{name} axes", axes)
        several = (given,) if isinstance(given, int) else given
        moved = [normal_axis(axis, left.ndim, name) for axis in several]
        left = transpose(left, [*(i for i in range(left.ndim) if i not in moved), *moved])
    shape = left.shape[right.ndim :]
    n = math.prod(shape)
    if left.size != n * n or right.size != n:
        raise ShapeError(
            name,
            expected="as many equations as unknowns",
            got=f"shapes {left.shape} and {right.shape}",
        )
    return reshape(solve(reshape(left, (n, n)), reshape(right, n)), shape)


@provides("tensorinv", np.linalg.tensorinv)
def tensorinv(a: Operand, ind: int = 2) -> Tensor:
    """The inverse of the map from the last axes of a to its first `ind` axes.

    >>> import numpy as np, chainrule as cr
    >>> np.linalg.tensorinv(cr.variable(np.ones((2, 1, 2)) + np.eye(2)[:, None]), ind=2).shape
    (2, 2, 1)
    """
    x, count = lift(a), whole_number("np.linalg.tensorinv ind", ind, 1)
    rows, columns = x.shape[:count], x.shape[count:]
    n = math.prod(columns)
    if math.prod(rows) != n:
        raise ShapeError(
            "np.linalg.tensorinv",
            expected=f"as many entries along the first {count} axes as along the others",
            got=f"shape {x.shape}",
        )
    return reshape(inv(reshape(x, (n, n))), columns + rows)
