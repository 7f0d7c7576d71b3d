"""The choices that readers have about numbers: how many digits, how rounded, which mark."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from chainrule.errors import OptionError, UnknownNameError
from chainrule.formula.numbers.rounding import rounded, significant_exponent

__all__ = ["MOST_DIGITS", "ROUNDINGS", "NumberStyle"]

ROUNDINGS = ("half-even", "half-up")

MOST_DIGITS = 17
"""Digits that tell any two floats apart."""


@dataclass(frozen=True)
class NumberStyle:
    """How numbers are written for people.

    digits         places after the point
    significant    significant digits instead, if not None
    rounding       where a number is halfway: "half-even", to the even digit, which is Python's way,
                   or "half-up", away from 0, which is what schools teach
    decimal_comma  a comma in place of the point; lists are then separated by semicolons

    Raises OptionError for a number of digits that a float cannot have, UnknownNameError.

    >>> NumberStyle(digits=2, rounding="half-up").rounded(0.125)
    0.13
    >>> NumberStyle(significant=2).rounded(1234.5)
    1200.0
    """

    digits: int = 6
    significant: int | None = None
    rounding: str = "half-even"
    decimal_comma: bool = False

    def __post_init__(self) -> None:
        check_digits("digits", self.digits, 0)
        if self.significant is not None:
            check_digits("significant", self.significant, 1)
        if self.rounding not in ROUNDINGS:
            raise UnknownNameError("rounding", self.rounding, ROUNDINGS)

    def to(self, digits: int, option: str) -> NumberStyle:
        """The style with another number of digits, of the same kind; `option` asked for it."""
        check_digits(option, digits, 0 if self.significant is None else 1)
        if self.significant is None:
            return replace(self, digits=digits)
        return replace(self, significant=digits)

    @property
    def half_up(self) -> bool:
        """Whether numbers halfway are rounded away from 0."""
        return self.rounding == "half-up"

    def exponent(self, value: float) -> int:
        """The power of ten of the last digit that is asked for."""
        if self.significant is None:
            return -self.digits
        return significant_exponent(value, self.significant, self.half_up)

    def decimal(self, value: float) -> Decimal:
        """A finite number rounded to the digits asked for."""
        return rounded(value, self.exponent(value), self.half_up) if value else Decimal(0)

    def rounded(self, value: float) -> float:
        """The same as a float."""
        return float(self.decimal(value))


def check_digits(option: str, digits: object, least: int) -> None:
    """Raise OptionError unless `digits` is a number of digits that a float can have."""
    if (
        not isinstance(digits, int)
        or isinstance(digits, bool)
        or not least <= digits <= MOST_DIGITS
    ):
        raise OptionError(
            option,
            expected=f"a whole number between {least} and {MOST_DIGITS}",
            got=f"{digits}",
        )
