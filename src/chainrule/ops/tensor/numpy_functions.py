"""NumPy functions without a rule of their own: recorded as another, run on values, or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.errors import ChainruleError, OptionError

__all__ = ["ON_VALUES", "REDUCTIONS", "not_recorded"]

REDUCTIONS: dict[Any, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
}
"""The function that is recorded for the `reduce` method of a ufunc."""

ON_VALUES: set[Any] = {
    np.allclose,
    np.isclose,
    np.array_equal,
    np.array_repr,
    np.array_str,
    np.array2string,
    np.isfinite,
    np.isnan,
    np.isinf,
    np.argmax,
    np.argmin,
    np.all,
    np.any,
}
"""Functions of values, such as tests and indices; they return arrays and record nothing."""


def not_recorded(what: str) -> ChainruleError:
    """Return the error for a NumPy function that has no derivative rule."""
    return OptionError(
        what,
        expected="a NumPy function that can be recorded",
        got="one without a derivative rule here",
        remedy="write it with those, or apply it to tensor.value where a constant is meant",
    )
