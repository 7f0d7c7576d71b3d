"""Convolution and correlation of two sequences, as products of windows with the shorter one."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import shown
from chainrule.errors import OptionError, ShapeError
from chainrule.ops.linalg import matmul
from chainrule.ops.movement.axes import flip
from chainrule.ops.registry import provides
from chainrule.ops.shapes import pad
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["convolve", "correlate"]

MODES = ("full", "same", "valid")


@provides("convolve", np.convolve)
def convolve(a: Operand, v: Operand, mode: str = "full") -> Tensor:
    """yₖ = Σᵢ aᵢ·vₖ₋ᵢ: all sums ("full"), the middle ones ("same") or those of all terms ("valid").

    >>> convolve([1.0, 2.0, 3.0], [1.0, 10.0])
    Tensor([ 1., 12., 23., 30.])
    """
    long, short = _sequence("np.convolve", a), _sequence("np.convolve", v)
    if short.size > long.size:
        long, short = short, long
    return _products("np.convolve", long, flip(short), mode, (short.size - 1) // 2)


@provides("correlate", np.correlate)
def correlate(a: Operand, v: Operand, mode: str = "valid") -> Tensor:
    """yₖ = Σᵢ aᵢ₊ₖ·vᵢ: sums of all terms ("valid"), also others ("full"), the middle ones ("same").

    >>> correlate([1.0, 2.0, 3.0], [1.0, 10.0])
    Tensor([21., 32.])
    """
    x, y = _sequence("np.correlate", a), _sequence("np.correlate", v)
    if y.size <= x.size:
        return _products("np.correlate", x, y, mode, (y.size - 1) // 2)
    return _products("np.correlate", flip(y), flip(x), mode, x.size // 2)


def _sequence(name: str, x: Any) -> Tensor:
    x = lift(x)
    if x.ndim > 1 or not x.size:
        raise ShapeError(name, expected="two vectors, none empty", got=f"one of shape {x.shape}")
    return x if x.ndim else x.reshape(1)


def _products(name: str, x: Tensor, weights: Tensor, mode: Any, before: int) -> Tensor:
    """Σⱼ xᵢ₊ⱼ·wⱼ for windows that start at each i; in mode "same", so many are left out first."""
    if mode not in MODES:
        raise OptionError(f"{name} mode", expected=", ".join(map(repr, MODES)), got=shown(mode))
    n, m = x.size, weights.size
    first, count = {
        "full": (0, n + m - 1),
        "same": (before, n),
        "valid": (m - 1, n - m + 1),
    }[mode]
    padded = x if mode == "valid" else pad(x, m - 1)
    start = 0 if mode == "valid" else first
    windows = padded[start + np.arange(count)[:, None] + np.arange(m)]
    return matmul(windows, weights)
