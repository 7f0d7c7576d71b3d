"""Rounds binary numbers to decimals, as Python does or as people do."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

import numpy as np

__all__ = ["rounded", "settled", "shortest", "significant_exponent"]

CONTEXT = Context(prec=400)
"""Enough for every digit before the point of the largest float, and for 17 after it."""

KNOWN, SHORT = 15, 12
"""Every decimal of 15 significant digits survives as a float.  A number whose first 15 digits are
at most 12 digits and zeros is that short decimal, but for the rounding of a few operations."""

SINGLE_SHORT = 5
"""The same for single precision, which keeps 7 digits."""


def rounded(value: float, exponent: int, half_up: bool) -> Decimal:
    """Round to a multiple of 10 ** `exponent`; numbers halfway go to the even digit, or up.

    To the even digit is Python's way: the exact value of the binary number decides, as in
    `format`.  `half_up` rounds the decimal that people see, the shortest one that reads back as
    the same number, away from 0 where it is halfway; and 0.035 computed as 0.1 · 0.35 =
    0.034999999999999996 is halfway too.

    >>> [str(rounded(v, -2, half_up=False)) for v in (0.125, 0.135, 2.675)]
    ['0.12', '0.14', '2.67']
    >>> [str(rounded(v, -2, half_up=True)) for v in (0.125, 2.675, -0.125, 0.1 * 0.35)]
    ['0.13', '2.68', '-0.13', '0.04']
    """
    step = Decimal((0, (1,), exponent))
    if not half_up:
        return Decimal(value).quantize(step, ROUND_HALF_EVEN, CONTEXT)
    exact, near = Decimal(repr(value)), Decimal(f"{value:.{KNOWN - 1}e}")
    below = near.quantize(step, ROUND_DOWN, CONTEXT)
    if 2 * abs(CONTEXT.subtract(near, below)) == step and _length(near) <= SHORT:
        exact = near
    return exact.quantize(step, ROUND_HALF_UP, CONTEXT)


def significant_exponent(value: float, digits: int, half_up: bool) -> int:
    """The exponent that `rounded` needs to keep `digits` significant digits.

    Rounding can carry into a new digit: 9.996 to three digits is 10.0.

    >>> significant_exponent(0.0123, 2, half_up=False), significant_exponent(9.996, 3, False)
    (-3, -1)
    """
    first = Decimal(value).adjusted()
    exponent = first - digits + 1
    return exponent + (rounded(value, exponent, half_up).adjusted() > first)


@lru_cache(maxsize=4096)
def shortest(value: float) -> Decimal | None:
    """The short decimal that the number is but for rounding, such as 0.3 for 0.1 + 0.2; or None.

    >>> str(shortest(0.1 + 0.2)), str(shortest(-12.0)), shortest(1 / 3)
    ('0.3', '-12', None)
    """
    near = Decimal(f"{value:.{KNOWN - 1}e}").normalize(CONTEXT)
    if _length(near) <= SHORT:
        return near
    with np.errstate(all="ignore"):
        single = np.float32(value)
    if float(single) == value:
        near = Decimal(str(single)).normalize(CONTEXT)
        if _length(near) <= SINGLE_SHORT:
            return near
    return None


def settled(value: float, near: Decimal) -> Decimal:
    """`near`, to which the number was rounded, but for digits that only binary arithmetic made.

    >>> str(settled(99999999999.99998, rounded(99999999999.99998, -6, half_up=False)))
    '100000000000.000000'
    """
    if len(near.as_tuple().digits) > KNOWN:
        known = Decimal(f"{value:.{KNOWN - 1}e}")
        if _length(known) <= SHORT:
            return known.quantize(near, context=CONTEXT)
    return near


def _length(number: Decimal) -> int:
    """How many digits it has, but for zeros at its end."""
    return len(number.normalize(CONTEXT).as_tuple().digits)
