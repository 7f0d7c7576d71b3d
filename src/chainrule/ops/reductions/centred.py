"""Numbers without their mean, as variances and standardization need them."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Array, Spec
from chainrule.ops.define import apply, floating, normal_axes, on_floats, primitive
from chainrule.ops.dependence import AlongAxis
from chainrule.ops.tensor import Axis, Operand, Tensor, lift

__all__ = ["centred", "without_mean"]

Axes = tuple[int, ...]


def without_mean(x: Array, axis: Axes) -> Array:
    """x − x̄ over axes.

    The mean of what is left is subtracted again: about a large mean the first one is off by its
    rounding, which may be as large as the numbers lie apart.
    """
    near = _on_paper(x, axis)
    return near - np.mean(near, axis=axis, keepdims=True)


def _on_paper(x: Array, axis: Axes) -> Array:
    return x - np.mean(x, axis=axis, keepdims=True)


def _ones(lines: Array, params: dict[str, Any]) -> Array:
    return np.ones(len(lines))


def _shape(spec: Spec, axis: Axes) -> Spec:
    return Spec(spec.shape, floating(spec.dtype))


_CENTRED = primitive(
    "centred",
    on_floats(without_mean),
    shape=_shape,
    complex=True,
    vjp=(lambda g, y, x, axis: centred(g, axis),),
    notation=_on_paper,
    dependence=AlongAxis(lambda yi, yj, same: same - np.ones_like(yj), spread=_ones),
)


def centred(x: Operand, axis: Axis = -1) -> Tensor:
    """x − x̄ over axes, off by no more than the rounding of a difference: ∂yᵢ/∂xⱼ = δᵢⱼ − 1/n.

    >>> centred([1.0, 2.0, 6.0])
    Tensor([-2., -1.,  3.])
    """
    x = lift(x)
    return apply(_CENTRED, x, axis=normal_axes(axis, x.ndim, "centred"))
