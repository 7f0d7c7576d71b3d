"""Comparisons, which pass no gradient because they are piecewise constant, and `where`."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.ops.define import apply, binary, elementwise, lift_together, logical, unary
from chainrule.ops.elementwise.bits import of_truth, on_bits
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__: list[str] = ["equal", "greater", "greater_equal", "less", "less_equal"]
__all__ += ["logical_and", "logical_not", "logical_or", "logical_xor", "not_equal", "where"]


def _comparison(name: str, ufunc: Any, sign: str) -> Any:
    def value(x: Array, y: Array) -> Array:
        return ufunc(x, y)

    value.__name__ = value.__qualname__ = name
    value.__doc__ = f"""Whether x {sign} y, entry by entry; a boolean tensor.

    >>> import chainrule as cr
    >>> bool(cr.{name}(1.0, 2.0))
    {bool(ufunc(1.0, 2.0))}
    """
    return binary(vjp=(None, None), numpy=(ufunc,), dtype=logical, complex=True)(value)


less = _comparison("less", np.less, "<")
less_equal = _comparison("less_equal", np.less_equal, "≤")
greater = _comparison("greater", np.greater, ">")
greater_equal = _comparison("greater_equal", np.greater_equal, "≥")
equal = _comparison("equal", np.equal, "=")
not_equal = _comparison("not_equal", np.not_equal, "≠")


def _connective(name: str, ufunc: Any, bitwise: Any, sign: str, word: str) -> Any:
    def value(x: Array, y: Array) -> Array:
        return ufunc(x, y)

    value.__name__ = value.__qualname__ = name
    value.__doc__ = f"""x {word} y as truth values, entry by entry; `{sign}` of boolean tensors.

    >>> import chainrule as cr
    >>> bool(cr.{name}(True, False))
    {bool(ufunc(True, False))}
    """
    record = binary(vjp=(None, None), numpy=(ufunc,), dtype=logical, complex=True)(value)

    @provides(bitwise.__name__, bitwise)
    def operator(x: Operand, y: Operand) -> Tensor:
        x, y = lift_together(x, y)
        return record(x, y) if of_truth(x, y) else on_bits(sign, bitwise, x, y)

    return record


logical_and = _connective("logical_and", np.logical_and, np.bitwise_and, "&", "and")
logical_or = _connective("logical_or", np.logical_or, np.bitwise_or, "|", "or")
logical_xor = _connective("logical_xor", np.logical_xor, np.bitwise_xor, "^", "or else")


@unary(vjp=None, numpy=(np.logical_not,), dtype=logical, complex=True)
def logical_not(x: Array) -> Array:
    """Whether x is false, or 0, entry by entry; `~` before a boolean tensor.

    >>> import chainrule as cr
    >>> bool(cr.logical_not(True))
    False
    """
    return np.logical_not(x)


@provides("invert", np.invert)
def _invert(x: Operand) -> Tensor:
    x = lift(x)
    return logical_not(x) if of_truth(x) else on_bits("~", np.invert, x)


_WHERE = elementwise(
    "where",
    np.where,
    vjp=(
        None,
        lambda g, z, condition, x, y: where(condition, g, 0.0),
        lambda g, z, condition, x, y: where(condition, 0.0, g),
    ),
    dtype=lambda condition, x, y: np.result_type(x, y),
    complex=True,
)


@provides("where", np.where)
def where(condition: Operand, x: Operand, y: Operand) -> Tensor:
    """x where the condition holds, else y; the gradient goes to the chosen operand.

    >>> import numpy as np, chainrule as cr
    >>> x = cr.variable([-1.0, 2.0], "x")
    >>> cr.where(x > 0, x, 10 * x).sum().gradients()["x"]
    Tensor([10.,  1.])
    """
    return apply(_WHERE, lift(condition).astype(bool), *lift_together(x, y))
