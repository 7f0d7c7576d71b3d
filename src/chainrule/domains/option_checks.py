"""Checks of options that several domains have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.errors import OptionError
from chainrule.train.options.checks import whole_number

__all__ = ["share", "whole"]


def share(name: str) -> Callable[[Any], float]:
    """A check for a share from 0 to below 1."""

    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
            raise OptionError(name, expected="a share from 0 to below 1", got=repr(value))
        return float(value)

    return check


def whole(name: str, most: int, least: int = 1) -> Callable[[Any], int]:
    """A check for a whole number between two limits.

    >>> whole("depth", 64)(2)
    2
    """
    expected = f"a whole number from {least} to {most:,}"
    from_one = whole_number(name, expected)

    def check(value: Any) -> int:
        if not least <= from_one(value) <= most:
            raise OptionError(name, expected=expected, got=repr(value))
        return int(value)

    return check
