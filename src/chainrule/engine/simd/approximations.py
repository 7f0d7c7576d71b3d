"""Approximations of exp, expm1, log and tanh, for one number or a vector of numbers.

The C library's exponential is called once for each number.  This one is a polynomial and a shift of
the exponent's bits, so it is computed for eight or sixteen numbers at a time.  ReLU and its gate,
which are exact, are what a matrix product applies to its tiles.

Moshier, "Methods and Programs for Mathematical Functions" (the Cephes library), 1989.
"""

from __future__ import annotations

import math

from chainrule.engine.simd.ir_number import Number, polynomial, select

__all__ = ["exp", "expm1", "gate", "log", "relu", "tanh"]

SINGLE_EXP = (
    *(1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2),
    *(1.6666665459e-1, 5.0000001201e-1),
)
DOUBLE_EXP_P = 1.26177193074810590878e-4, 3.02994407707441961300e-2, 1.0
DOUBLE_EXP_Q = (
    *(3.00198505138664455042e-6, 2.52448340349684104192e-3),
    *(2.27265548208155028766e-1, 2.0),
)
SINGLE_LOG = (
    *(7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1),
    *(-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1),
)
DOUBLE_LOG_P = (
    *(1.01875663804580931796e-4, 4.97494994976747001425e-1, 4.70579119878881725854e0),
    *(1.44989225341610930846e1, 1.79368678507819816313e1, 7.70838733755885391666e0),
)
DOUBLE_LOG_Q = (
    *(1.0, 1.12873587189167450590e1, 4.52279145837532221105e1, 8.29875266912776603211e1),
    *(7.11544750618563894466e1, 2.31251620126765340583e1),
)
TANH_P = -9.64399179425052238628e-1, -9.92877231001918586564e1, -1.61468768441708447952e3
TANH_Q = 1.0, 1.12811678491632931402e2, 2.23548839060100448583e3, 4.84406305325125486048e3


def exp(x: Number) -> Number:
    """eˣ within two units in the last place; results below the normal range may become 0."""
    low, high = (-104.0, 88.7228393554687500) if x.is_single else (-746.0, 709.782712893384)
    mantissa, bias = (23, 127) if x.is_single else (52, 1023)
    t = x.at_least(low).at_most(high)
    n = (t * 1.4426950408889634 + 0.5).floor().at_most(bias)
    if x.is_single:
        r = t - n * 0.693359375 - n * -2.12194440e-4
        y = polynomial(r, *SINGLE_EXP) * r * r + r + 1.0
    else:
        r = t - n * 6.93145751953125e-1 - n * 1.42860682030941723212e-6
        p = polynomial(r * r, *DOUBLE_EXP_P) * r
        y = p * 2.0 / (polynomial(r * r, *DOUBLE_EXP_Q) - p) + 1.0
    # 2ⁿ as two factors, because for the smallest n it is not a normal number
    k = n.to_integer()
    half = k >> 1
    y = y * ((half + bias) << mantissa).as_bits_of(x)
    y = y * ((k - half + bias) << mantissa).as_bits_of(x)
    y = select(x.compare(">", high), x.constant(math.inf), y)
    return select(x.compare("!=", x), x, y)


def expm1(x: Number) -> Number:
    """eˣ − 1, also near 0 within a few units in the last place."""
    p = polynomial(x * x, *DOUBLE_EXP_P) * x
    near_zero = p * 2.0 / (polynomial(x * x, *DOUBLE_EXP_Q) - p)
    return select(x.abs().compare("<", 0.5), near_zero, exp(x) - 1.0)


def log(x: Number) -> Number:
    """ln x within two units in the last place; −∞ at 0, NaN for negative numbers."""
    smallest = 1.1754943508222875e-38 if x.is_single else 2.2250738585072014e-308
    mantissa, bias, mask = (23, 126, 0xFF) if x.is_single else (52, 1022, 0x7FF)
    tiny = x.compare("<", smallest)
    bits = select(tiny, x * 2.0**mantissa, x).bits()
    # x = m·2ⁿ with m between √½ and √2
    n = (((bits >> mantissa) & mask) - bias).to_float(x)
    m = ((bits & ((1 << mantissa) - 1)) | (bias << mantissa)).as_bits_of(x)
    low = m.compare("<", 0.70710678)
    n = select(low, n - 1.0, n) - select(tiny, x.constant(mantissa), x.constant(0.0))
    r = select(low, m + m, m) - 1.0
    z = r * r
    if x.is_single:
        y = r * z * polynomial(r, *SINGLE_LOG) + n * -2.12194440e-4 - z * 0.5
    else:
        quotient = polynomial(r, *DOUBLE_LOG_P) / polynomial(r, *DOUBLE_LOG_Q)
        y = r * (z * quotient) - n * 2.121944400546905827679e-4 - z * 0.5
    y = (r + y) + n * 0.693359375
    y = select(x.compare("==", math.inf), x, y)
    not_positive = select(x.compare("==", 0.0), x.constant(-math.inf), x.constant(math.nan))
    return select(x.compare(">", 0.0), y, not_positive)


def relu(x: Number) -> Number:
    """0 for negative numbers, else x; NaN stays NaN."""
    return select(x.compare("<=", 0.0), x.constant(0.0), x)


def gate(x: Number, y: Number) -> Number:
    """y where x is positive, else 0: the gradient of ReLU."""
    return select(x.compare(">", 0.0), y, y.constant(0.0))


def tanh(x: Number) -> Number:
    """The hyperbolic tangent: a rational function near 0, from the exponential elsewhere."""
    size, z = x.abs(), x * x
    inside = x + x * z * (polynomial(z, *TANH_P) / polynomial(z, *TANH_Q))
    outside = x.constant(1.0) - x.constant(2.0) / (exp(size * 2.0) + 1.0)
    signed = select(x.compare(">", 0.0), outside, select(x.compare("<", 0.0), -outside, x))
    return select(size.compare("<", 0.625), inside, signed)
