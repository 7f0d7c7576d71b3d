"""Functions of one number that the compiler can turn into vector instructions.

The C library's exponential is called once for each number.  This one is a polynomial and a shift of
the exponent's bits, so eight or sixteen numbers go through it together.

Moshier, "Methods and Programs for Mathematical Functions" (the Cephes library), 1989.
"""

from __future__ import annotations

import numpy as np
from numba import types
from numba.extending import overload

from chainrule.engine.compile import OPTIONS

__all__ = ["exp", "sigmoid", "tanh"]

F = np.float32


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
