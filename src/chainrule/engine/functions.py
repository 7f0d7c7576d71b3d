"""Functions of one number that the compiler can turn into vector instructions.

The C library's exponential is called once for each number.  This one is a polynomial and a shift of
the exponent's bits, so eight or sixteen numbers go through it together.

Moshier, "Methods and Programs for Mathematical Functions" (the Cephes library), 1989.
"""

from __future__ import annotations

import numpy as np
from numba import types
from numba.extending import overload

from chainrule.engine.compile import OPTIONS, compiled

__all__ = ["exp", "finite", "log", "sigmoid", "tanh"]

F = np.float32


@compiled
def finite(x):
    """Whether x is neither infinite nor NaN.

    NumPy's function asks whether x − x is 0, and sums that may be reordered always say yes.
    """
    return abs(x) < np.inf


def exp(x):
    """eˣ within two units in the last place; numbers below the normal range may become 0."""
    return np.exp(x)


@overload(exp, jit_options=OPTIONS)
def _exp(x):
    return _exp32 if x == types.float32 else _exp64


def _exp32(x):
    t = min(max(x, F(-104)), F(88.72284))
    n = min(np.floor(t * F(1.44269504088896341) + F(0.5)), F(127))
    r = t - n * F(0.693359375) - n * F(-2.12194440e-4)
    p = F(1.9875691500e-4)
    p = p * r + F(1.3981999507e-3)
    p = p * r + F(8.3334519073e-3)
    p = p * r + F(4.1665795894e-2)
    p = p * r + F(1.6666665459e-1)
    p = p * r + F(5.0000001201e-1)
    p = p * r * r + r + F(1)
    # 2ⁿ in two factors, for n may be too small for one
    k = np.int32(n)
    half = np.int32(k >> np.int32(1))
    low = np.int32((half + np.int32(127)) << np.int32(23)).view(np.float32)
    high = np.int32((k - half + np.int32(127)) << np.int32(23)).view(np.float32)
    y = p * low * high
    return x if x != x else (F(np.inf) if x > F(88.72284) else y)


def _exp64(x):
    t = min(max(x, -746.0), 709.782712893384)
    n = min(np.floor(t * 1.4426950408889634 + 0.5), 1023.0)
    r = t - n * 6.93145751953125e-1 - n * 1.42860682030941723212e-6
    q = r * r
    p = ((1.26177193074810590878e-4 * q + 3.02994407707441961300e-2) * q + 1.0) * r
    d = (
        (3.00198505138664455042e-6 * q + 2.52448340349684104192e-3) * q
    ) + 2.27265548208155028766e-1
    d = d * q + 2.0
    y = 1.0 + 2.0 * p / (d - p)
    k = np.int64(n)
    half = k >> 1
    low = np.int64((half + 1023) << 52).view(np.float64)
    high = np.int64((k - half + 1023) << 52).view(np.float64)
    y = y * low * high
    return x if x != x else (np.inf if x > 709.782712893384 else y)


def log(x):
    """ln x within two units in the last place; −∞ at 0, NaN below."""
    return np.log(x)


@overload(log, jit_options=OPTIONS)
def _log(x):
    return _log32 if x == types.float32 else _log64


def _log32(x):
    tiny = x < F(1.17549435e-38)
    t = x * F(8388608) if tiny else x
    bits = np.float32(t).view(np.int32)
    # x = m·2ⁿ with m between √½ and √2
    n = np.float32(((bits >> np.int32(23)) & np.int32(255)) - np.int32(126))
    m = np.int32((bits & np.int32(0x7FFFFF)) | np.int32(0x3F000000)).view(np.float32)
    low = m < F(0.70710678)
    n = (n - F(1) if low else n) - (F(23) if tiny else F(0))
    r = (m + m if low else m) - F(1)
    z = r * r
    p = F(7.0376836292e-2)
    p = p * r + F(-1.1514610310e-1)
    p = p * r + F(1.1676998740e-1)
    p = p * r + F(-1.2420140846e-1)
    p = p * r + F(1.4249322787e-1)
    p = p * r + F(-1.6668057665e-1)
    p = p * r + F(2.0000714765e-1)
    p = p * r + F(-2.4999993993e-1)
    p = p * r + F(3.3333331174e-1)
    y = r * z * p + n * F(-2.12194440e-4) - F(0.5) * z
    y = (r + y) + n * F(0.693359375)
    y = x if x == F(np.inf) else y
    return y if x > F(0) else (F(-np.inf) if x == F(0) else F(np.nan))


def _log64(x):
    tiny = x < 2.2250738585072014e-308
    t = x * 4503599627370496.0 if tiny else x
    bits = np.float64(t).view(np.int64)
    n = np.float64(((bits >> 52) & 2047) - 1022)
    m = np.int64((bits & 0xFFFFFFFFFFFFF) | 0x3FE0000000000000).view(np.float64)
    low = m < 0.7071067811865476
    n = (n - 1.0 if low else n) - (52.0 if tiny else 0.0)
    r = (m + m if low else m) - 1.0
    z = r * r
    p = 1.01875663804580931796e-4
    p = p * r + 4.97494994976747001425e-1
    p = p * r + 4.70579119878881725854e0
    p = p * r + 1.44989225341610930846e1
    p = p * r + 1.79368678507819816313e1
    p = p * r + 7.70838733755885391666e0
    q = r + 1.12873587189167450590e1
    q = q * r + 4.52279145837532221105e1
    q = q * r + 8.29875266912776603211e1
    q = q * r + 7.11544750618563894466e1
    q = q * r + 2.31251620126765340583e1
    y = r * (z * p / q) - n * 2.121944400546905827679e-4 - 0.5 * z
    y = (r + y) + n * 0.693359375
    y = x if x == np.inf else y
    return y if x > 0.0 else (-np.inf if x == 0.0 else np.nan)


def sigmoid(x):
    """1 / (1 + e^−x), from the exponential of a negative number only."""
    return 1 / (1 + np.exp(-x))


@overload(sigmoid, jit_options=OPTIONS)
def _sigmoid(x):
    one = np.float32(1) if x == types.float32 else np.float64(1)

    def implementation(x):
        e = exp(-abs(x))
        return (one if x >= 0 else e) / (one + e)

    return implementation


def tanh(x):
    """Hyperbolic tangent: a rational function near 0, the exponential elsewhere."""
    return np.tanh(x)


@overload(tanh, jit_options=OPTIONS)
def _tanh(x):
    real = np.float32 if x == types.float32 else np.float64
    one, two, near = real(1), real(2), real(0.625)
    p0, p1, p2 = (
        real(-9.64399179425052238628e-1),
        real(-9.92877231001918586564e1),
        real(-1.61468768441708447952e3),
    )
    q0, q1, q2 = (
        real(1.12811678491632931402e2),
        real(2.23548839060100448583e3),
        real(4.84406305325125486048e3),
    )

    def implementation(x):
        size = abs(x)
        z = x * x
        inside = x + x * z * (((p0 * z + p1) * z + p2) / (((z + q0) * z + q1) * z + q2))
        outside = one - two / (exp(two * size) + one)
        return inside if size < near else (outside if x > 0 else -outside if x < 0 else x)

    return implementation
