"""Checks of the numbers that layers and initialisers take as arguments."""

from __future__ import annotations

import math
from typing import Any, TypeGuard

import numpy as np

from chainrule.arguments import whole_number
from chainrule.errors import OptionError

__all__ = ["check_number", "checked_seed", "positive_integer"]


def positive_integer(where: str, value: object) -> int:
    """The value as an int.  Raises OptionError unless it is an integer, 1 or more.

    >>> positive_integer("width", 3)
    3
    """
    return whole_number(where, value, 1)


def checked_seed(seed: object) -> int | None:
    """The seed as an int, or None.  Raises OptionError unless it is an integer, 0 or more."""
    return None if seed is None else whole_number("seed", seed, 0, most=None)


def check_number(where: str, value: object, at_least: float = -math.inf) -> None:
    """Raise OptionError unless the value is a finite real number, `at_least` or more."""
    if not (_is_number(value) and math.isfinite(value) and value >= at_least):
        bound = f"a number, {at_least:g} or more" if at_least > -math.inf else "a finite number"
        raise OptionError(where, expected=bound, got=repr(value))


def _is_number(value: object) -> TypeGuard[float | np.integer[Any] | np.floating[Any]]:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
