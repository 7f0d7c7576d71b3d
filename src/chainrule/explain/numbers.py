"""Formats numbers for people: decimal places, counts, percentages."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from decimal import Decimal

from chainrule.errors import OptionError

__all__ = ["RAISED", "balanced", "check_digits", "counted", "figures", "percent", "writer"]

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
"""Translates digits to superscripts."""


def check_digits(digits: object) -> None:
    """Raise OptionError unless `digits` is a number of decimal places that a float can have."""
    if not isinstance(digits, int) or not 0 <= digits <= 17:
        raise OptionError("digits", expected="a whole number between 0 and 17", got=f"{digits}")


def writer(digits: int) -> Callable[[float], str]:
    """A function that formats with up to `digits` decimal places, without trailing zeros.

    Numbers too large to read, or too small to show four significant figures that way (fewer if
    fewer digits are asked for), get a power of ten.

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


def balanced(write: Callable[[float], str], terms: Iterable[float], total: float) -> float:
    """`total` minus `terms`, all rounded as they are written, so that the printed sum is exact.

    >>> write = writer(2)
    >>> write(balanced(write, [0.334, 0.334], 1.004)), write(1.004 - 0.334 - 0.334)
    ('0.34', '0.34')
    >>> write(balanced(write, [0.334, 0.334, 0.334], 1.336)), write(1.336 - 3 * 0.334)
    ('0.35', '0.33')
    """
    shown = [Decimal(write(term)) for term in terms]
    left = Decimal(write(total)) - sum(shown) if all(s.is_finite() for s in shown) else math.nan
    return float(left)


def counted(count: int) -> str:
    """A count: exact below a million, then two significant figures and a power of ten.

    >>> counted(12), counted(5120), counted(13 * 10**34)
    ('12', '5,120', '1.3 × 10³⁵')
    """
    if count < 1_000_000:
        return f"{count:,}"
    digits = str(round(count, 1 - math.floor(math.log10(count))))
    return f"{digits[0]}.{digits[1]} × 10{str(len(digits) - 1).translate(RAISED)}"


def percent(share: float) -> str:
    """A fraction as a percentage, to three significant figures.

    >>> percent(0.12345), percent(-1.5), percent(34567.8)
    ('12.3 %', '-150 %', '3.46e+06 %')
    """
    return f"{100 * share:.3g} %"


def figures(value: float, count: int) -> str:
    """Format to at most `count` significant figures, for small spaces; whole numbers are exact.

    >>> [figures(v, 4) for v in (0.2983711087, -0.0004385677, 0.0000438, 15500.0, -12.0)]
    ['0.2984', '-0.0004386', '4.38e-05', '15500', '-12']
    """
    if math.isfinite(value) and value == round(value) and abs(value) < 1e6:
        return f"{round(value)}"
    return f"{value:.{max(count, 1)}g}"


def _trimmed(number: str) -> str:
    number = number.rstrip("0").rstrip(".") if "." in number else number
    return "0" if number == "-0" else number
