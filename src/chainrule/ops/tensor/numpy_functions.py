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

_NAMES = (
    *("all", "allclose", "any", "array_equal", "array_equiv", "array_repr", "array_str"),
    *("array2string", "isclose", "isin", "isnat", "isneginf"),
    *("isposinf", "iscomplex", "isreal", "signbit", "in1d"),
    *("argmax", "argmin", "argwhere", "count_nonzero", "digitize", "flatnonzero", "lexsort"),
    *("nanargmax", "nanargmin", "nonzero", "ix_", "ravel_multi_index", "unravel_index"),
    *("bitwise_count", "gcd", "lcm", "packbits", "unpackbits"),
    *("histogram_bin_edges", "may_share_memory", "shares_memory"),
    *("save", "savetxt", "savez", "savez_compressed"),
)

ON_VALUES: set[Any] = {getattr(np, name) for name in _NAMES if hasattr(np, name)}
"""Functions of values, such as tests and indices; they return arrays and record nothing."""


def not_recorded(what: str) -> ChainruleError:
    """Return the error for a NumPy function that has no derivative rule."""
    if what.startswith("np.random."):
        return OptionError(
            what,
            expected="constants, since random numbers are drawn as such",
            got="a tensor",
            remedy="draw them first, as in mean + scale*np.random.standard_normal(n) or"
            " x[np.random.permutation(n)]",
        )
    return OptionError(
        what,
        expected="a NumPy function that can be recorded",
        got="one without a derivative rule here",
        remedy="write it with those, or apply it to tensor.value where a constant is meant",
    )
