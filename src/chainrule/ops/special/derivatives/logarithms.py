"""Logarithms of quotients near 1."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array
from chainrule.ops.define import apply, called, elementwise, floating, lift_together
from chainrule.ops.tensor import Operand, Tensor

__all__ = ["log_ratio"]


def _log_ratio(x: Array, y: Array) -> Array:
    dtype = np.result_type(x, y)
    x, y = np.broadcast_arrays(x.astype(np.float64), y.astype(np.float64))
    near = np.abs(x - y) < 0.5 * y
    quotient = np.log(np.where(near, 1.0, x)) - np.log(np.where(near, 1.0, y))
    share = np.where(near, x - y, 0.0) / np.where(near, y, 1.0)
    return np.where(near, np.log1p(share), quotient).astype(dtype)


def _by_x(g: Tensor, z: Tensor, x: Tensor, y: Tensor) -> Tensor:
    return g / x


def _by_y(g: Tensor, z: Tensor, x: Tensor, y: Tensor) -> Tensor:
    return -(g / y)


_LOG_RATIO = elementwise(
    "log_ratio",
    _log_ratio,
    vjp=(_by_x, _by_y),
    notation=lambda x, y: called("log", r"\ln")(x / y),
    dtype=floating,
)


def log_ratio(x: Operand, y: Operand) -> Tensor:
    """ln(x / y) of positive numbers, where x / y may be near 1 or beyond all floats.

    >>> round(log_ratio(1e300, 1e-300), 9)
    Tensor(1381.551055796)
    """
    return apply(_LOG_RATIO, *lift_together(x, y))
