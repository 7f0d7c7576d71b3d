"""Functions of each entry.  All have the same form, and NumPy has them by the same names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.array_api.calls import call, on_values
from chainrule.ops.tensor import Operand, Tensor, lift

__all__: list[str] = ["abs", "acos", "acosh", "add", "asin", "asinh", "atan", "atan2", "atanh"]
__all__ += ["bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_or"]
__all__ += ["bitwise_right_shift", "bitwise_xor", "ceil", "clip", "conj", "copysign", "cos"]
__all__ += ["cosh", "divide", "equal", "exp", "expm1", "floor", "floor_divide", "greater"]
__all__ += ["greater_equal", "hypot", "isfinite", "isinf", "isnan", "less", "less_equal"]
__all__ += ["log", "log1p", "log2", "log10", "logaddexp", "logical_and", "logical_not"]
__all__ += ["logical_or", "logical_xor", "maximum", "minimum", "multiply", "negative"]
__all__ += ["nextafter", "not_equal", "positive", "pow", "reciprocal", "remainder", "round"]
__all__ += ["sign", "signbit", "sin", "sinh", "sqrt", "square", "subtract", "tan", "tanh"]
__all__ += ["trunc"]


def _unary(name: str) -> Callable[[Operand], Tensor]:
    function = getattr(np, name)

    def applied(x: Operand, /) -> Tensor:
        return call(function, x)

    return _named(applied, name)


def _binary(name: str) -> Callable[[Operand, Operand], Tensor]:
    function = getattr(np, name)

    def applied(x1: Operand, x2: Operand, /) -> Tensor:
        return call(function, x1, x2)

    return _named(applied, name)


def _named(function: Any, name: str) -> Any:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`numpy.{name}` of each entry."
    return function


abs = _unary("abs")
acos = _unary("acos")
acosh = _unary("acosh")
asin = _unary("asin")
asinh = _unary("asinh")
atan = _unary("atan")
atanh = _unary("atanh")
bitwise_invert = _unary("bitwise_invert")
ceil = _unary("ceil")
conj = _unary("conj")
cos = _unary("cos")
cosh = _unary("cosh")
exp = _unary("exp")
expm1 = _unary("expm1")
floor = _unary("floor")
isfinite = _unary("isfinite")
isinf = _unary("isinf")
isnan = _unary("isnan")
log = _unary("log")
log10 = _unary("log10")
log1p = _unary("log1p")
log2 = _unary("log2")
logical_not = _unary("logical_not")
negative = _unary("negative")
reciprocal = _unary("reciprocal")
round = _unary("round")
sign = _unary("sign")
signbit = _unary("signbit")
sin = _unary("sin")
sinh = _unary("sinh")
sqrt = _unary("sqrt")
square = _unary("square")
tan = _unary("tan")
tanh = _unary("tanh")
trunc = _unary("trunc")

add = _binary("add")
atan2 = _binary("atan2")
bitwise_and = _binary("bitwise_and")
bitwise_left_shift = _binary("bitwise_left_shift")
bitwise_or = _binary("bitwise_or")
bitwise_right_shift = _binary("bitwise_right_shift")
bitwise_xor = _binary("bitwise_xor")
copysign = _binary("copysign")
divide = _binary("divide")
equal = _binary("equal")
floor_divide = _binary("floor_divide")
greater = _binary("greater")
greater_equal = _binary("greater_equal")
hypot = _binary("hypot")
less = _binary("less")
less_equal = _binary("less_equal")
logaddexp = _binary("logaddexp")
logical_and = _binary("logical_and")
logical_or = _binary("logical_or")
logical_xor = _binary("logical_xor")
maximum = _binary("maximum")
minimum = _binary("minimum")
multiply = _binary("multiply")
nextafter = _binary("nextafter")
not_equal = _binary("not_equal")
pow = _binary("pow")
remainder = _binary("remainder")
subtract = _binary("subtract")


def positive(x: Operand, /) -> Tensor:
    """The tensor itself."""
    return lift(x)


def clip(x: Operand, /, min: Operand | None = None, max: Operand | None = None) -> Tensor:
    """The entries limited to an interval, in their dtype."""
    apply = call if lift(x).spec.differentiable else on_values
    return lift(x) if min is None and max is None else apply(np.clip, x, min, max)
