"""Functions of each entry."""

from __future__ import annotations

import math
from typing import Any

import numpy

import chainrule as cr
import chainrule.numpy as np
from tinygrad_suite.base import Base, binary, method, together

__all__ = ["Elementwise"]

SELU_SCALE, SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717


def quotient(x: Any, y: Any) -> Any:
    if not any(getattr(one, "dtype", numpy.dtype(type(one))).kind == "f" for one in (x, y)):
        x, y = numpy.float32(x), numpy.float32(y)
    return x / y


def power(x: Any, y: Any) -> Any:
    return x**y


def trunc_divide(x: Any, y: Any) -> Any:
    if x.dtype.kind in "iu":
        return numpy.sign(x).astype(x.dtype) * numpy.sign(y) * (abs(x) // abs(y))
    return np.trunc(x / y)


class Elementwise(Base):
    """Methods of tinygrad's tensor that act on each entry by itself."""

    add, __radd__ = __add__, _ = binary(np.add)
    sub, __rsub__ = __sub__, _ = binary(lambda x, y: x - y)
    mul, __rmul__ = __mul__, _ = binary(np.multiply)
    __truediv__, __rtruediv__ = binary(quotient)
    __floordiv__, __rfloordiv__ = binary(np.floor_divide)
    mod, __rmod__ = __mod__, _ = binary(np.mod)
    pow, __rpow__ = __pow__, _ = binary(power)
    __and__, __rand__ = binary(np.bitwise_and)
    __or__, __ror__ = binary(np.bitwise_or)
    __xor__, __rxor__ = binary(np.bitwise_xor)
    __lshift__ = lshift = binary(np.left_shift)[0]
    __rshift__ = rshift = binary(np.right_shift)[0]
    __eq__ = binary(np.equal)[0]
    __ne__ = binary(np.not_equal)[0]
    __lt__, __gt__ = binary(np.less)[0], binary(np.greater)[0]
    __le__, __ge__ = binary(np.less_equal)[0], binary(np.greater_equal)[0]
    __hash__ = object.__hash__
    maximum, minimum = binary(np.maximum)[0], binary(np.minimum)[0]
    fmod, copysign = binary(np.fmod)[0], binary(np.copysign)[0]
    logaddexp = binary(np.logaddexp)[0]

    neg = __neg__ = method(np.negative)
    bitwise_not = __invert__ = method(np.invert)
    logical_not = method(np.logical_not)
    abs, sign = method(np.abs), method(np.sign)
    trunc, floor, ceil, round = (method(f) for f in (np.trunc, np.floor, np.ceil, np.round))
    isnan, isfinite, isclose = method(np.isnan), method(np.isfinite), method(np.isclose)

    exp, exp2 = method(np.exp, "floating"), method(np.exp2, "floating")
    log, log2, log10 = (method(f, "floating") for f in (np.log, np.log2, np.log10))
    sqrt, square = method(np.sqrt, "floating"), method(np.square)
    sin, cos, tan = (method(f, "floating") for f in (np.sin, np.cos, np.tan))
    asin, acos, atan = (method(f) for f in (np.arcsin, np.arccos, np.arctan))
    sinh, cosh, tanh = (method(f) for f in (np.sinh, np.cosh, np.tanh))
    asinh, acosh, atanh = (method(f) for f in (np.arcsinh, np.arccosh, np.arctanh))

    rsqrt = method(lambda x: 1.0 / np.sqrt(x))
    lerp = method(lambda x, y, weight: x + (y - x) * weight)
    clip = method(lambda x, low=None, high=None: clipped(x, low, high))

    def div(self, other: Any, rounding_mode: str | None = None) -> Any:
        x, y = together(self, other)
        modes = {None: quotient, "trunc": trunc_divide, "floor": np.floor_divide}
        if rounding_mode not in modes:
            raise RuntimeError(f"rounding_mode={rounding_mode}")
        return self.of(modes[rounding_mode](x, y))

    def isinf(self, detect_positive: bool = True, detect_negative: bool = True) -> Any:
        above, below = (self.a > 0) & detect_positive, (self.a < 0) & detect_negative
        return self.of(np.isinf(self.a) & (above | below))

    # activations: chainrule has those of which NumPy has no stable form

    relu = method(lambda x: np.where(x > 0, x, 0.0))
    relu6 = method(lambda x: np.where(x > 0, x, 0.0) - np.where(x > 6, x - 6, 0.0))
    leaky_relu = method(lambda x, slope=0.01: np.where(x < 0, slope * x, x))
    sigmoid, erf, silu = method(cr.sigmoid), method(cr.erf), method(cr.silu)
    logsigmoid = method(lambda x: -np.logaddexp(0.0, -x))
    softplus = method(lambda x, beta=1.0: np.logaddexp(0.0, x * beta) / beta)
    softsign = method(lambda x: x / (1.0 + np.abs(x)))
    swish = method(lambda x: x * cr.sigmoid(x))
    quick_gelu = method(lambda x: x * cr.sigmoid(1.702 * x))
    mish = method(lambda x: x * np.tanh(np.logaddexp(0.0, x)))
    elu = method(lambda x, alpha=1.0: exponential_below(x, alpha))
    celu = method(lambda x, alpha=1.0: np.maximum(x, 0.0) + celu_below(x, alpha))
    selu = method(lambda x: SELU_SCALE * exponential_below(x, SELU_ALPHA))
    hardtanh = method(lambda x, low=-1, high=1: np.clip(x, low, high))
    hardsigmoid = method(lambda x: np.clip(x / 6 + 0.5, 0, 1))
    hardswish = method(lambda x: x * np.clip(x + 3, 0, 6) / 6)

    def gelu(self, approximate: str = "tanh") -> Any:
        x = self.a
        if approximate == "none":
            return self.of(0.5 * x * (1.0 + cr.erf(x / math.sqrt(2))))
        inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
        return self.of(0.5 * x * (1.0 + np.tanh(inner)))


def clipped(x: Any, low: Any, high: Any) -> Any:
    if low is None and high is None:
        raise RuntimeError("clip needs a bound")
    return np.clip(x, low, high)


def exponential_below(x: Any, alpha: float) -> Any:
    """α(eˣ − 1) below 0, and x above."""
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0)))


def celu_below(x: Any, alpha: float) -> Any:
    return np.minimum(alpha * np.expm1(x / alpha), 0.0)
