"""Checks of the numbers that layers and initialisers take as arguments."""

from __future__ import annotations

import math
from typing import Any, TypeGuard

import numpy as np

from chainrule.errors import OptionError

__all__ = ["check_number", "check_seed", "positive_integer"]


def positive_integer(where: str, value: object) -> int:
    """The value as an int.  Raises OptionError unless it is an integer, 1 or more.

    >>> positive_integer("width", 3)
    3
    """
    if not _is_integer(value) or isinstance(value, bool) or value < 1:
        raise OptionError(where, expected="a whole number, 1 or more", got=repr(value))
    return int(value)


def check_seed(seed: object) -> None:
    """Raise OptionError unless the seed is an integer, 0 or more, or None."""
    if seed is not None and not (_is_integer(seed) and seed >= 0):
        raise OptionError("seed", expected="a whole number, 0 or more", got=repr(seed))


def check_number(where: str, value: object, at_least: float = -math.inf) -> None:
    """Raise OptionError unless the value is a finite real number, `at_least` or more."""
    if not (_is_number(value) and math.isfinite(value) and value >= at_least):
        bound = f"a number, {at_least:g} or more" if at_least > -math.inf else "a finite number"
        raise OptionError(where, expected=bound, got=repr(value))


def _is_integer(value: object) -> TypeGuard[int | np.integer[Any]]:
    return isinstance(value, (int, np.integer))


def _is_number(value: object) -> TypeGuard[float | np.integer[Any] | np.floating[Any]]:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
