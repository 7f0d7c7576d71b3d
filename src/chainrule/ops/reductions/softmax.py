"""Softmax, its logarithm and its loss, computed without overflow."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array, Spec, misfit
from chainrule.ops.define import (
    apply,
    floating,
    normal_axes,
    on_floats,
    primitive,
    reduction,
    same_along,
)
from chainrule.ops.dependence import AlongAxis, Reduced
from chainrule.ops.elementwise import exp
from chainrule.ops.indexing import check_labels, one_hot
from chainrule.ops.reductions.reduce import sum
from chainrule.ops.registry import provides
from chainrule.ops.shapes import expand_dims
from chainrule.ops.tensor import Axis, Operand, Tensor, lift

__all__ = ["log_loss", "log_softmax", "logsumexp", "softmax"]

Axes = tuple[int, ...]


def _exp_sum(x: Array, axis: Axes, keepdims: bool = True) -> Array:
    """Σ e^xᵢ as it is written; it is computed without overflow."""
    return np.sum(np.exp(x), axis=axis, keepdims=keepdims)


def _shifted(x: Array, axis: Axes) -> tuple[Array, Array, Array]:
    """The largest entry, x below it, and how far ln Σ e^x is above it.

    Differences are taken from the largest entry, which is exact, and not from ln Σ e^x, which is
    rounded.  The largest entry's own e^0 = 1 is added within log1p, so that a distance far below 1
    keeps its digits.
    """
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0).astype(top.dtype)
    below = x - top
    others = np.sum(np.exp(below), axis=axis, keepdims=True, where=below != 0)
    largest = np.sum(below == 0, axis=axis, keepdims=True, dtype=x.dtype)
    return top, below, np.log1p(others + (largest - 1))


@reduction(
    vjp=lambda g, y, x, axis: g * apply(_SOFTMAX, x, axis=axis),
    notation=lambda x, axis, keepdims: np.log(_exp_sum(x, axis, keepdims)),
)
def logsumexp(x: Array, axis: Axes, keepdims: bool) -> Array:
    """ln Σ e^xᵢ without overflow: ∂y/∂xᵢ = e^(xᵢ − y), the softmax.

    >>> import chainrule as cr
    >>> cr.logsumexp([1000.0, 1000.0])
    Tensor(1000.6931471805599)
    """
    top, _, above = _shifted(x, axis)
    total = top + above
    return total if keepdims else np.squeeze(total, axis=axis)


def _softmax(x: Array, axis: Axes) -> Array:
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


_SOFTMAX = primitive(
    "softmax",
    on_floats(_softmax),
    shape=same_along,
    vjp=(lambda g, y, x, axis: y * (g - sum(g * y, axis, keepdims=True)),),
    notation=lambda x, axis: np.exp(x) / _exp_sum(x, axis),
    dependence=AlongAxis(lambda yi, yj, same: yi * (same - yj)),
)


@provides("softmax")
def softmax(x: Operand, axis: Axis = -1) -> Tensor:
    """Softmax yᵢ = e^xᵢ / Σⱼ e^xⱼ along an axis, without overflow.

    ∂yᵢ/∂xⱼ = yᵢ·(δᵢⱼ − yⱼ)

    >>> import chainrule as cr
    >>> cr.softmax([0.0, 0.0])
    Tensor([0.5, 0.5])
    """
    x = lift(x)
    return apply(_SOFTMAX, x, axis=normal_axes(axis, x.ndim, "softmax"))


def _log_softmax(x: Array, axis: Axes) -> Array:
    _, below, above = _shifted(x, axis)
    return below - above


_LOG_SOFTMAX = primitive(
    "log_softmax",
    on_floats(_log_softmax),
    shape=same_along,
    vjp=(lambda g, y, x, axis: g - exp(y) * sum(g, axis, keepdims=True),),
    notation=lambda x, axis: x - np.log(_exp_sum(x, axis)),
    dependence=AlongAxis(lambda yi, yj, same: same - np.exp(yj)),
)


@provides("log_softmax")
def log_softmax(x: Operand, axis: Axis = -1) -> Tensor:
    """Logarithm of the softmax, yᵢ = xᵢ − ln Σⱼ e^xⱼ, without overflow.

    ∂yᵢ/∂xⱼ = δᵢⱼ − e^yⱼ

    >>> import chainrule as cr
    >>> cr.log_softmax([0.0, 1000.0])
    Tensor([-1000.,     0.])
    """
    x = lift(x)
    return apply(_LOG_SOFTMAX, x, axis=normal_axes(axis, x.ndim, "log_softmax"))


def _log_loss(x: Array, labels: Array) -> Array:
    x = x.astype(floating(x.dtype), copy=False)
    _, below, above = _shifted(x, (-1,))
    return (above - _own(below, labels))[..., 0]


def _own(x: Array, labels: Array) -> Array:
    return np.take_along_axis(x, labels[..., np.newaxis], axis=-1)


def _log_loss_shape(x: Spec, labels: Spec) -> Spec:
    fit = x.shape[-1:] > (0,) and labels.shape == x.shape[:-1]
    if not fit or labels.dtype.kind not in "iu":
        raise misfit("logits (…, K) with whole numbers (…) as labels")
    return Spec(labels.shape, floating(x.dtype))


def _log_loss_vjp(g: Tensor, y: Tensor, x: Tensor, labels: Tensor) -> Tensor:
    return expand_dims(g, -1) * (softmax(x) - one_hot(labels, x.shape[-1], x.dtype))


_LOG_LOSS = primitive(
    "log_loss",
    _log_loss,
    shape=_log_loss_shape,
    vjp=(_log_loss_vjp, None),
    notation=lambda x, labels: (np.log(_exp_sum(x, (-1,))) - _own(x, labels))[..., 0],
    dependence=Reduced(_log_loss_vjp),
)


@provides("log_loss")
def log_loss(x: Operand, labels: Operand) -> Tensor:
    """−ln softmax(x)_label along the last axis: x (…, K) and integer labels (…) give (…).

    y = ln Σⱼ e^xⱼ − x_label,  ∂y/∂xⱼ = softmax(x)ⱼ − [j = label]

    Raises ShapeError if the shapes do not fit or the labels are not integers, and OptionError for
    labels that are not from 0 to K − 1.

    >>> import chainrule as cr
    >>> cr.log_loss([[0.0, 0.0], [0.0, 1000.0]], [1, 1])
    Tensor([0.69314718, 0.        ])

    Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990.
    """
    x, labels = lift(x), lift(labels)
    if x.ndim and labels.dtype.kind in "iu":
        check_labels("log_loss", labels, x.shape[-1])
    return apply(_LOG_LOSS, x, labels)
