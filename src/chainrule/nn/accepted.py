"""What layers accept: floats or integers, and the dtypes that inputs are cast to."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from chainrule.errors import OptionError
from chainrule.ops import Tensor

__all__ = ["Accepts", "can_be", "check_accepted", "dtype_in_tree"]

Accepts = Literal["floats", "integers", "anything"]

_KINDS = {"floats": "f", "integers": "iu"}


def check_accepted(where: str, accepts: Accepts, x: Any) -> None:
    """Raise OptionError unless `x` is a tensor of the kind of numbers that a layer accepts.

    >>> check_accepted("layers.0", "floats", (1.0, 2.0))
    Traceback (most recent call last):
        ...
    chainrule.errors.OptionError: layers.0: expected one tensor of floats, got a tuple of 2
    """
    if not isinstance(x, Tensor):
        several = isinstance(x, (tuple, list, dict))
        got = f"a {type(x).__name__} of {len(x)}" if several else type(x).__name__  # type: ignore[arg-type]
        raise OptionError(where, expected=f"one tensor of {accepts}", got=got)
    if x.dtype.kind not in _KINDS[accepts]:
        raise OptionError(
            where,
            expected=f"a tensor of {accepts}",
            got=str(x.spec),
            remedy=f"convert it with x.astype({'float' if accepts == 'floats' else 'int'})",
        )


def can_be(dtype: np.dtype[Any], other: np.dtype[Any]) -> bool:
    """Whether numbers of a dtype are cast to another one: anything to floats, not the reverse."""
    return other.kind == "f" or dtype.kind in "iu"


def dtype_in_tree(dtype: np.dtype[Any], model: np.dtype[Any]) -> np.dtype[Any]:
    """What one of several inputs is cast to: int64 for integers, the model's dtype for others."""
    return np.dtype(np.int64) if dtype.kind in "iu" else model
