"""Variables: the leaves with respect to which gradients are computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Array, Node, Spec, checked_name
from chainrule.ops.registry import provides
from chainrule.ops.tensor.lift import ANY_NUMBERS, constant, numeric
from chainrule.ops.tensor.tensor import Tensor

__all__ = ["frozen", "variable", "variables"]


def variable(value: Any, name: str | None = None) -> Tensor:
    """Create a leaf to differentiate with respect to; integers become float64.

    >>> import chainrule as cr
    >>> x = cr.variable(3, "x")
    >>> (x * x).gradients()["x"]
    Tensor(6.0)
    """
    name = None if name is None or not str(name) else checked_name(name)
    array = value.value if isinstance(value, Tensor) else value
    array = numeric(array, name or "variable", ANY_NUMBERS)
    array = frozen(array, array.dtype if array.dtype.kind in "fc" else np.float64)
    return Tensor(
        Node(
            Spec(array.shape, array.dtype),
            value=array,
            name=name,
            variable=True,
        )
    )


def frozen(array: Array, dtype: Any) -> Array:
    """Return the array in this dtype and read-only, so that the record cannot change.

    It is copied unless it already has the dtype, is read-only and owns its data.
    """
    owned = array.base is None and not array.flags.writeable
    result = array if owned and array.dtype == dtype else np.array(array, dtype)
    result.flags.writeable = False
    return result


@provides("unpickled")
def _unpickled(value: Array, name: str | None, is_variable: bool) -> Tensor:
    """What a pickled tensor becomes: a variable, or a constant with its value."""
    if is_variable:
        return variable(value, name)
    found = constant(value)
    return found.named(name) if name else found


def variables(**values: Any) -> tuple[Tensor, ...]:
    """Create several variables, named after the keyword arguments and in their order.

    >>> import chainrule as cr
    >>> x, y = cr.variables(x=-2, y=5)
    >>> (x * y).gradients()["y"]
    Tensor(-2.0)
    """
    return tuple(variable(value, name) for name, value in values.items())
