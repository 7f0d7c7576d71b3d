"""Reads numbers back as they are written for people."""

from __future__ import annotations

from chainrule.formula.numbers import RAISED

__all__ = ["WRITTEN", "python_notation", "read_back"]

LOWERED = {ord(chr(raised)): chr(digit) for digit, raised in RAISED.items()}

WRITTEN = r"-?\d+(?:[.,]\d+)?(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"
"""A regular expression of one number."""


def python_notation(written: str) -> str:
    """`-7.5·10⁻⁴` or `-7,5·10⁻⁴` as -7.5e-4."""
    return written.replace("·10", "e").translate(LOWERED).replace(",", ".").replace("−", "-")


def read_back(written: str) -> float:
    """The number that was written."""
    return float(python_notation(written))
