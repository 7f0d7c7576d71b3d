"""Counts of any size, and powers of ten."""

from __future__ import annotations

import math

__all__ = ["RAISED", "counted", "raised"]

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
"""Translates digits to superscripts."""


def raised(written: str) -> str:
    """A number in Python's notation with its exponent as a power of ten.

    >>> raised("-7.52e-04"), raised("1e+12"), raised("0.5")
    ('-7.52·10⁻⁴', '1·10¹²', '0.5')
    """
    mantissa, _, exponent = written.partition("e")
    return f"{mantissa}·10{str(int(exponent)).translate(RAISED)}" if exponent else mantissa


def counted(count: int, decimal_comma: bool = False) -> str:
    """A count: exact below a million, then two significant figures and a power of ten.

    With a decimal comma, thousands are set apart by a space that no line is broken at.

    >>> counted(12), counted(5120), counted(13 * 10**34)
    ('12', '5,120', '1.3·10³⁵')
    """
    if count < 1_000_000:
        written = f"{count:,}"
        return written.replace(",", "\N{NO-BREAK SPACE}") if decimal_comma else written
    digits = str(round(count, 1 - math.floor(math.log10(count))))
    written = raised(f"{digits[0]}.{digits[1]}e{len(digits) - 1}")
    return written.replace(".", ",") if decimal_comma else written
