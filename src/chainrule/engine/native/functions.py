"""Exponential and logarithm of Numbers."""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir

from chainrule.engine.native.numbers import Number, choose

__all__ = ["exp", "log"]


class Bits:
    """Whole numbers, the operators of Python's."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    def _constant(self, n: int) -> Any:
        kind = self.value.type
        return ir.Constant(kind, [n] * kind.count if isinstance(kind, ir.VectorType) else n)

    def _made(self, operation: str, other: Any) -> Bits:
        right = other.value if isinstance(other, Bits) else self._constant(other)
        return Bits(self.builder, getattr(self.builder, operation)(self.value, right))

    def __add__(self, other: Any) -> Bits:
        return self._made("add", other)

    def __sub__(self, other: Any) -> Bits:
        return self._made("sub", other)

    def __rshift__(self, other: int) -> Bits:
        return self._made("ashr", other)

    def __lshift__(self, other: int) -> Bits:
        return self._made("shl", other)

    def __and__(self, other: int) -> Bits:
        return self._made("and_", other)

    def __or__(self, other: int) -> Bits:
        return self._made("or_", other)

    def seen(self, like: Number) -> Number:
        return Number(self.builder, self.builder.bitcast(self.value, like.kind))


def whole(x: Number) -> Bits:
    kind = x.like(ir.IntType(32 if x.single else 64))
    return Bits(x.builder, x.builder.fptosi(x.value, kind))


def bits(x: Number) -> Bits:
    kind = x.like(ir.IntType(32 if x.single else 64))
    return Bits(x.builder, x.builder.bitcast(x.value, kind))


def real(n: Bits, like: Number) -> Number:
    return Number(n.builder, n.builder.sitofp(n.value, like.kind))


def polynomial(x: Number, *coefficients: float) -> Number:
    total = x.of(coefficients[0])
    for c in coefficients[1:]:
        total = total * x + c
    return total


def exp(x: Number) -> Number:
    low, high = (-104.0, 88.72283935546875) if x.single else (-746.0, 709.782712893384)
    mantissa, bias, top = (23, 127, 127.0) if x.single else (52, 1023, 1023.0)
    t = x.at_least(low).at_most(high)
    n = (t * 1.4426950408889634 + 0.5).called("floor").at_most(top)
    if x.single:
        r = t - n * 0.693359375 - n * -2.12194440e-4
        p = polynomial(r, 1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2,
                       1.6666665459e-1, 5.0000001201e-1)
        y = p * r * r + r + 1.0
    else:
        r = t - n * 6.93145751953125e-1 - n * 1.42860682030941723212e-6
        q = r * r
        p = polynomial(q, 1.26177193074810590878e-4, 3.02994407707441961300e-2, 1.0) * r
        d = polynomial(q, 3.00198505138664455042e-6, 2.52448340349684104192e-3,
                       2.27265548208155028766e-1, 2.0)
        y = p * 2.0 / (d - p) + 1.0
    k = whole(n)
    half = k >> 1
    y = y * ((half + bias) << mantissa).seen(x) * ((k - half + bias) << mantissa).seen(x)
    y = choose(x.compare(">", high), x.of(math.inf), y)
    return choose(x.compare("!=", x), x, y)


def log(x: Number) -> Number:
    tiny = x.compare("<", 1.1754943508222875e-38 if x.single else 2.2250738585072014e-308)
    mantissa, bias, mask = (23, 126, 255) if x.single else (52, 1022, 2047)
    fraction, half = (0x7FFFFF, 0x3F000000) if x.single else (0xFFFFFFFFFFFFF, 0x3FE0000000000000)
    t = choose(tiny, x * 2.0**mantissa, x)
    b = bits(t)
    n = real(((b >> mantissa) & mask) - bias, x)
    m = ((b & fraction) | half).seen(x)
    low = m.compare("<", 0.70710678)
    n = choose(low, n - 1.0, n) - choose(tiny, x.of(float(mantissa)), x.of(0.0))
    r = choose(low, m + m, m) - 1.0
    z = r * r
    if x.single:
        p = polynomial(r, 7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1,
                       1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1,
                       3.3333331174e-1)
        y = r * z * p + n * -2.12194440e-4 - z * 0.5
    else:
        p = polynomial(r, 1.01875663804580931796e-4, 4.97494994976747001425e-1,
                       4.70579119878881725854e0, 1.44989225341610930846e1,
                       1.79368678507819816313e1, 7.70838733755885391666e0)
        q = polynomial(r, 1.0, 1.12873587189167450590e1, 4.52279145837532221105e1,
                       8.29875266912776603211e1, 7.11544750618563894466e1,
                       2.31251620126765340583e1)
        y = r * (z * p / q) - n * 2.121944400546905827679e-4 - z * 0.5
    y = (r + y) + n * 0.693359375
    y = choose(x.compare("==", math.inf), x, y)
    at_zero = choose(x.compare("==", 0.0), x.of(-math.inf), x.of(math.nan))
    return choose(x.compare(">", 0.0), y, at_zero)
