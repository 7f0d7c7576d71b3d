"""Gradient clipping: bounds on the gradients before the update, by value and by norm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.errors import OptionError

__all__ = ["Clipping", "clip_by_norm", "clip_by_value", "global_norm"]

Vector = np.ndarray[Any, np.dtype[Any]]

BLOCK = 1 << 12
"""Entries that `global_norm` squares at once."""


def global_norm(grads: Vector) -> float:
    """‖g‖₂ of a flat vector `(n,)`, summed in float64 and scaled so that no square overflows.

    The result is not finite exactly when an entry is not, or when the norm itself exceeds float64.

    >>> round(global_norm(np.array([3e200, 4e200])) / 1e200, 9)
    5.0
    """
    lowest, highest = np.min(grads, initial=0.0), np.max(grads, initial=0.0)  # NaN if an entry is
    largest = max(float(highest), -float(lowest))
    if largest == 0 or not math.isfinite(largest):
        return largest
    # Scaled by a power of two, which rounds nothing; in blocks, to allocate no second vector.
    exponent = math.frexp(largest)[1]
    total = 0.0
    for start in range(0, len(grads), BLOCK):
        scaled = np.ldexp(grads[start : start + BLOCK].astype(np.float64), -exponent)
        total += float(np.square(scaled).sum())  # not by BLAS, which would wake threads
    norm = math.sqrt(total)
    return norm * 2.0**exponent if exponent < 1024 else norm * 2.0 * 2.0**1023


def clip_by_value(grads: Vector, limit: float) -> float:
    """Clip every entry of a gradient in place; returns the norm before clipping.

    gᵢ ← min(max(gᵢ, −limit), limit) on `(n,)`, as PyTorch's `clip_grad_value_`. NaN stays NaN.
    Raises `OptionError` unless `limit` is above 0.

    >>> grads = np.array([3.0, -4.0])
    >>> clip_by_value(grads, 3.5), grads
    (5.0, array([ 3. , -3.5]))
    """
    _check("clip value", limit)
    norm = global_norm(grads)
    np.clip(grads, -limit, limit, out=grads)
    return norm


def clip_by_norm(grads: Vector, limit: float) -> float:
    """Scale a gradient in place to a norm of at most `limit`; returns the norm before scaling.

    g ← g · limit / ‖g‖₂ where ‖g‖₂ > limit, on `(n,)`. The scale is exact; PyTorch's
    `clip_grad_norm_` divides by ‖g‖₂ + 10⁻⁶ instead. A gradient that is not finite is left
    unchanged, for the caller to report: scaling it would turn one infinite entry into zeros
    everywhere else. Raises `OptionError` unless `limit` is above 0.

    >>> grads = np.array([3.0, -4.0])
    >>> clip_by_norm(grads, 2.5), grads
    (5.0, array([ 1.5, -2. ]))

    Pascanu, Mikolov, Bengio: On the difficulty of training recurrent neural networks, ICML 2013.
    """
    _check("clip norm", limit)
    norm = global_norm(grads)
    if norm > limit and math.isfinite(norm):
        grads *= limit / norm
    return norm


@final
@dataclass(frozen=True)
class Clipping:
    """The clipping of a run: by value first, then by norm; None turns either off.

    >>> grads = np.array([30.0, -4.0])
    >>> Clipping(value=3.0, norm=1.0)(grads) == global_norm(np.array([30.0, -4.0])), grads.round(4)
    (True, array([ 0.7071, -0.7071]))
    """

    value: float | None = None
    norm: float | None = None

    def __post_init__(self) -> None:
        if self.value is not None:
            _check("clip value", self.value)
        if self.norm is not None:
            _check("clip norm", self.norm)

    def __call__(self, grads: Vector) -> float:
        """Clip `grads` in place; returns the norm before clipping."""
        before = global_norm(grads) if self.value is None else clip_by_value(grads, self.value)
        if self.norm is not None:
            clip_by_norm(grads, self.norm)
        return before


def _check(where: str, limit: float) -> None:
    if isinstance(limit, bool) or not (isinstance(limit, (int, float)) and 0 < limit < math.inf):
        raise OptionError(
            where, expected="a number above 0", got=repr(limit), remedy="or leave it out"
        )
