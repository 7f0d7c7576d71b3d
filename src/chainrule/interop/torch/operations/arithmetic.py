"""Elementwise arithmetic, comparisons and logic."""

from __future__ import annotations

import math
from typing import Any

from chainrule import ops
from chainrule.errors import OptionError
from chainrule.interop.torch.operations.registry import operation
from chainrule.ops import Tensor

__all__: list[str] = []

for _name in ("exp", "expm1", "log", "log1p", "sin", "cos", "sqrt", "square", "abs", "neg"):
    operation(_name)(getattr(ops, _name))
for _name in ("reciprocal", "sign", "maximum", "minimum"):
    operation(_name)(getattr(ops, _name))
operation("pow")(ops.power)
operation("where")(ops.where)

_COMPARISONS = {
    "eq": ops.equal,
    "ne": ops.not_equal,
    "lt": ops.less,
    "le": ops.less_equal,
    "gt": ops.greater,
    "ge": ops.greater_equal,
}
for _name, _function in _COMPARISONS.items():
    operation(_name, named=False)(_function)


@operation("add")
def add(x: Any, y: Any, *, alpha: float = 1) -> Tensor:
    return ops.add(x, y if alpha == 1 else alpha * y)


@operation("sub")
def sub(x: Any, y: Any, *, alpha: float = 1) -> Tensor:
    return ops.sub(x, y if alpha == 1 else alpha * y)


@operation("rsub")
def rsub(x: Any, y: Any, alpha: float = 1) -> Tensor:
    return ops.sub(y, x if alpha == 1 else alpha * x)


@operation("mul")
def mul(x: Any, y: Any) -> Tensor:
    return ops.mul(x, y)


@operation("div", "true_divide")
def div(x: Any, y: Any, *, rounding_mode: str | None = None) -> Tensor:
    if rounding_mode is not None:
        raise OptionError("from_torch: div", expected="no rounding", got=rounding_mode)
    return ops.div(x, y)


@operation("rsqrt")
def rsqrt(x: Tensor) -> Tensor:
    return 1.0 / ops.sqrt(x)


@operation("exp2")
def exp2(x: Tensor) -> Tensor:
    return ops.power(2.0, x)


@operation("log2")
def log2(x: Tensor) -> Tensor:
    return ops.log(x) / math.log(2)


@operation("log10")
def log10(x: Tensor) -> Tensor:
    return ops.log(x) / math.log(10)


@operation("sinh")
def sinh(x: Tensor) -> Tensor:
    return 0.5 * (ops.expm1(x) - ops.expm1(-x))


@operation("cosh")
def cosh(x: Tensor) -> Tensor:
    return 0.5 * (ops.exp(x) + ops.exp(-x))


@operation("tan")
def tan(x: Tensor) -> Tensor:
    return ops.sin(x) / ops.cos(x)


@operation("clamp", "clip")
def clamp(x: Tensor, low: Any = None, high: Any = None, **bounds: Any) -> Tensor:
    """Clip to two bounds, which PyTorch may pass by the names `min` and `max`."""
    low, high = bounds.get("min", low), bounds.get("max", high)
    # an integer bound would be an operand with an integer dtype
    floats = (float(bound) if isinstance(bound, int) else bound for bound in (low, high))
    return ops.clip(x, *floats) if x.spec.differentiable else ops.clip(x, low, high)


@operation("clamp_min")
def clamp_min(x: Tensor, low: Any) -> Tensor:
    return clamp(x, low)


@operation("clamp_max")
def clamp_max(x: Tensor, high: Any) -> Tensor:
    return clamp(x, None, high)


@operation("logical_not", "bitwise_not", named=False)
def logical_not(x: Tensor) -> Tensor:
    return ops.equal(x, False)


@operation("logical_and", "bitwise_and", named=False)
def logical_and(x: Tensor, y: Any) -> Tensor:
    return ops.where(x, ops.not_equal(y, False), False)


@operation("logical_or", "bitwise_or", named=False)
def logical_or(x: Tensor, y: Any) -> Tensor:
    return ops.where(x, True, ops.not_equal(y, False))


@operation("masked_fill")
def masked_fill(x: Tensor, mask: Tensor, value: Any) -> Tensor:
    return ops.where(mask, value, x)


@operation("addcmul")
def addcmul(x: Tensor, a: Tensor, b: Tensor, *, value: float = 1) -> Tensor:
    return x + (a * b if value == 1 else value * a * b)


@operation("addcdiv")
def addcdiv(x: Tensor, a: Tensor, b: Tensor, *, value: float = 1) -> Tensor:
    return x + (a / b if value == 1 else value * a / b)


@operation("lerp")
def lerp(x: Tensor, end: Tensor, weight: Any) -> Tensor:
    return x + weight * (end - x)
