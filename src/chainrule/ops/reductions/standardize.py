"""Standardization to mean 0 and variance 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import real_number
from chainrule.graph import Array
from chainrule.ops.define import apply, normal_axes, on_floats, primitive, same_along
from chainrule.ops.dependence import AlongAxis
from chainrule.ops.elementwise import reciprocal, sqrt
from chainrule.ops.reductions.centred import without_mean
from chainrule.ops.reductions.reduce import mean, var
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Axis, Operand, Tensor, lift

__all__ = ["standardize"]

Axes = tuple[int, ...]


def _standardize(x: Array, axis: Axes, eps: float) -> Array:
    deviations = without_mean(x, axis)
    variance = np.mean(deviations**2, axis=axis, keepdims=True)
    return deviations / np.sqrt(variance + x.dtype.type(eps))


def _standardize_on_paper(x: Array, axis: Axes, eps: float) -> Array:
    deviations = x - np.mean(x, axis=axis, keepdims=True)
    return deviations / np.sqrt(np.mean(deviations**2, axis=axis, keepdims=True) + eps)


def _standardize_vjp(g: Tensor, y: Tensor, x: Tensor, axis: Axes, eps: float) -> Tensor:
    scale = reciprocal(sqrt(var(x, axis, keepdims=True) + eps))
    return (g - mean(g, axis, keepdims=True) - y * mean(g * y, axis, keepdims=True)) * scale


def _spread(lines: Array, params: dict[str, Any]) -> Array:
    return np.sqrt(np.mean(without_mean(lines, (-1,)) ** 2, axis=-1) + params["eps"])


_STANDARDIZE = primitive(
    "standardize",
    on_floats(_standardize),
    shape=same_along,
    vjp=(_standardize_vjp,),
    notation=_standardize_on_paper,
    dependence=AlongAxis(lambda yi, yj, same: same - 1 - yi * yj, spread=_spread),
)


@provides("standardize")
def standardize(x: Operand, axis: Axis = -1, eps: float = 0.0) -> Tensor:
    """Shift and scale the entries along axes to mean 0 and variance 1.

    yᵢ = (xᵢ − μ) / s  with  s = √(σ² + ε),  ∂yᵢ/∂xⱼ = (δᵢⱼ − 1/n − yᵢ·yⱼ/n) / s

    Raises ShapeError if an axis is empty.

    >>> import chainrule as cr
    >>> cr.standardize([1.0, 3.0])
    Tensor([-1.,  1.])

    Ioffe and Szegedy, "Batch Normalization", 2015, section 3.
    """
    x = lift(x)
    axes = normal_axes(axis, x.ndim, "standardize")
    return apply(_STANDARDIZE, x, axis=axes, eps=float(real_number("standardize eps", eps)))
