"""Convolution of arrays with any number of axes, as `scipy.signal` has it.

This module is imported when `scipy.signal.convolve` first meets a tensor.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import signal

from chainrule.errors import OptionError, ShapeError
from chainrule.graph import Array, Spec, misfit
from chainrule.ops.define import apply, arithmetic, empty_sum, lift_together, primitive
from chainrule.ops.elementwise import mul
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor

__all__ = ["convolve", "full_convolution"]

NAME = "scipy.signal.convolve"
MODES, METHODS = ("full", "valid", "same"), ("auto", "direct", "fft")


def _shape(x: Spec, y: Spec, method: str) -> Spec:
    if len(x.shape) != len(y.shape) or 0 in (*x.shape, *y.shape):
        raise misfit("two arrays with equally many axes, and entries along each")
    lengths = tuple(n + m - 1 for n, m in zip(x.shape, y.shape, strict=True))
    return Spec(lengths, arithmetic(x.dtype, y.dtype))


def _sums(x: Array, y: Array, method: str) -> Array:
    """Every entry of y times all of x, added up where it belongs."""
    lengths = tuple(n + m - 1 for n, m in zip(x.shape, y.shape, strict=True))
    found = empty_sum(lengths, np.dtype(object))
    for start in np.ndindex(*y.shape):
        region = tuple(slice(i, i + n) for i, n in zip(start, x.shape, strict=True))
        found[region] += np.asarray(x) * np.asarray(y)[start]
    return found


def _from_other(g: Tensor, other: Tensor, method: str) -> Tensor:
    """∂L/∂xᵢ = Σₖ gᵢ₊ₖ·yₖ, of which y is the other operand."""
    reversed_ = other[(slice(None, None, -1),) * other.ndim]
    whole = full_convolution(g, reversed_, method)
    lengths = zip(g.shape, other.shape, strict=True)
    return whole[tuple(slice(m - 1, n) for n, m in lengths)]


def _x_vjp(g: Tensor, z: Tensor, x: Tensor, y: Tensor, method: str) -> Tensor:
    return _from_other(g, y, method).astype(x.dtype)


def _y_vjp(g: Tensor, z: Tensor, x: Tensor, y: Tensor, method: str) -> Tensor:
    return _from_other(g, x, method).astype(y.dtype)


def _value(x: Array, y: Array, method: str) -> Array:
    convolved: Any = signal.convolve
    # SciPy has no sums of truth values, and none of short integers along several axes
    x, y = (one if one.dtype.kind == "f" else one.astype(np.int64) for one in (x, y))
    return convolved(x, y, "full", method)


_FULL = primitive(
    "full_convolution",
    _value,
    shape=_shape,
    vjp=(_x_vjp, _y_vjp),
    notation=_sums,
)


@provides("full_convolution")
def full_convolution(x: Operand, y: Operand, method: str = "auto") -> Tensor:
    """z[i] = Σₖ x[i − k]·y[k], wherever both have entries, along all axes.

    ∂L/∂x[i] = Σₖ g[i + k]·y[k],  ∂L/∂y[k] = Σᵢ g[i + k]·x[i]

    >>> full_convolution([1.0, 2.0], [1.0, 1.0, 1.0], "direct")
    Tensor([1., 3., 3., 2.])
    """
    return apply(_FULL, *lift_together(x, y), method=method)


@provides("signal.convolve", signal.convolve)
def convolve(in1: Operand, in2: Operand, mode: str = "full", method: str = "auto") -> Tensor:
    """The convolution of two arrays with equally many axes: `full_convolution`, or a part of it.

    "valid" keeps what depends on no padding, "same" the middle, of the size of `in1`.  Raises
    OptionError for other modes and methods, and ShapeError for "valid" unless one array is at least
    as long as the other along every axis.

    >>> import chainrule as cr
    >>> from chainrule.scipy import signal
    >>> signal.convolve(cr.variable([1.0, 2.0, 3.0]), [1.0, 1.0], "valid", "direct")
    Tensor([3., 5.])
    """
    _check("mode", mode, MODES)
    _check("method", method, METHODS)
    x, y = lift_together(in1, in2)
    if x.ndim == y.ndim == 0:
        return mul(x, y)
    whole = full_convolution(x, y, method)
    if mode == "full":
        return whole
    lengths = list(zip(x.shape, y.shape, strict=True))
    if mode == "same":
        starts = [(m - 1) // 2 for _, m in lengths]
        return whole[tuple(slice(i, i + n) for i, (n, _) in zip(starts, lengths, strict=True))]
    if any(n < m for n, m in lengths) and any(n > m for n, m in lengths):
        raise ShapeError(
            NAME,
            expected="one array at least as long as the other along every axis, for mode 'valid'",
            got=f"shapes {x.shape} and {y.shape}",
        )
    return whole[tuple(slice(min(pair) - 1, max(pair)) for pair in lengths)]


def _check(what: str, given: Any, known: tuple[str, ...]) -> None:
    if given not in known:
        raise OptionError(f"{NAME} {what}", expected=f"one of {', '.join(known)}", got=repr(given))
