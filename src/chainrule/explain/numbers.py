"""How numbers are written for people."""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = ["writer"]


def writer(digits: int) -> Callable[[float], str]:
    """Write with up to `digits` places after the point, and no zeros at the end.

    Numbers too small to show four figures that way (fewer where fewer digits are asked for), or too
    large to read, get a power of ten.

    >>> write = writer(6)
    >>> [write(v) for v in (3.0, -0.5, 0.2983711087, 0.000438567734, 15500, 1e20, 0.0)]
    ['3', '-0.5', '0.298371', '4.38568e-04', '15500', '1e+20', '0']
    >>> writer(9)(0.0004385677344)
    '0.000438568'
    >>> writer(2)(0.731), writer(2)(0.0731)
    ('0.73', '7.3e-02')
    """
    small = 10.0 ** (max(1, min(4, digits)) - 1 - digits)

    def write(value: float) -> str:
        size = abs(value)
        if not math.isfinite(size):
            return str(float(value))
        if size >= 1e12 or (0 < size < small and round(value, digits) != value):
            mantissa, exponent = f"{value:.{max(digits - 1, 0)}e}".split("e")
            return f"{_trimmed(mantissa)}e{exponent}"
        return _trimmed(f"{value:.{digits}f}")

    return write


def _trimmed(number: str) -> str:
    number = number.rstrip("0").rstrip(".") if "." in number else number
    return "0" if number == "-0" else number
