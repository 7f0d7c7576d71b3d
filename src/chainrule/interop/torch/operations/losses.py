"""Loss functions."""

from __future__ import annotations

import numpy as np

from chainrule import ops
from chainrule.interop.torch.operations.registry import operation
from chainrule.ops import Tensor

__all__: list[str] = []

MEAN, SUM = 1, 2
"""PyTorch's codes for how the losses of all entries are reduced; 0 means not at all."""


def _reduced(losses: Tensor, reduction: int) -> Tensor:
    return {MEAN: ops.mean, SUM: ops.sum}[reduction](losses) if reduction else losses


@operation("mse_loss")
def mse_loss(x: Tensor, target: Tensor, reduction: int = MEAN) -> Tensor:
    return _reduced(ops.square(x - target), reduction)


@operation("l1_loss")
def l1_loss(x: Tensor, target: Tensor, reduction: int = MEAN) -> Tensor:
    return _reduced(ops.abs(x - target), reduction)


@operation("smooth_l1_loss")
def smooth_l1_loss(x: Tensor, target: Tensor, reduction: int = MEAN, beta: float = 1.0) -> Tensor:
    if beta == 0:
        return l1_loss(x, target, reduction)
    return huber_loss(x, target, reduction, beta) / beta


@operation("huber_loss")
def huber_loss(x: Tensor, target: Tensor, reduction: int = MEAN, delta: float = 1.0) -> Tensor:
    error = x - target
    size = ops.abs(error)
    linear = delta * (size - 0.5 * delta)
    return _reduced(ops.where(size < delta, 0.5 * ops.square(error), linear), reduction)


@operation("binary_cross_entropy")
def binary_cross_entropy(
    x: Tensor, target: Tensor, weight: Tensor | None = None, reduction: int = MEAN
) -> Tensor:
    """−t·ln x − (1 − t)·ln(1 − x), with logarithms clipped at −100 as in PyTorch."""
    log_x, log_rest = (ops.clip(ops.log(p), -100.0, None) for p in (x, 1.0 - x))
    losses = -(target * log_x + (1.0 - target) * log_rest)
    return _reduced(losses if weight is None else weight * losses, reduction)


@operation("binary_cross_entropy_with_logits")
def binary_cross_entropy_with_logits(
    x: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    pos_weight: Tensor | None = None,
    reduction: int = MEAN,
) -> Tensor:
    positive = target if pos_weight is None else pos_weight * target
    losses = positive * ops.softplus(-x) + (1.0 - target) * ops.softplus(x)
    return _reduced(losses if weight is None else weight * losses, reduction)


@operation("kl_div")
def kl_div(x: Tensor, target: Tensor, reduction: int = MEAN, *, log_target: bool = False) -> Tensor:
    if log_target:
        return _reduced(ops.exp(target) * (target - x), reduction)
    positive = ops.where(target > 0, target, 1.0)  # keeps the unused branch finite
    return _reduced(ops.where(target > 0, target * (ops.log(positive) - x), 0.0), reduction)


@operation("nll_loss_nd")
def nll_loss(
    x: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    reduction: int = MEAN,
    ignore_index: int = -100,
) -> Tensor:
    """−x at the target's class, weighted; rows of the class `ignore_index` do not count."""
    hot, counted = _one_hot(x, target, ignore_index)
    weights = hot if weight is None else hot * _along_classes(weight, x)
    losses = -ops.sum(weights * x, axis=_class_axis(x))
    if reduction != MEAN:
        return _reduced(losses, reduction)
    if weight is None and counted is None:
        return ops.mean(losses)
    return ops.sum(losses) / ops.sum(weights)


@operation("cross_entropy_loss")
def cross_entropy_loss(
    x: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    reduction: int = MEAN,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> Tensor:
    """−Σₖ tₖ·ln softmax(x)ₖ for class numbers or probabilities t, with label smoothing."""
    axis = _class_axis(x)
    logs = ops.log_softmax(x, axis)
    if target.dtype.kind in "iu" and not label_smoothing:
        return nll_loss(logs, target, weight, reduction, ignore_index)
    classes, counted, hot = x.shape[axis], None, target
    if target.dtype.kind in "iu":
        hot, counted = _one_hot(x, target, ignore_index)
    weighted = hot if weight is None else hot * _along_classes(weight, x)
    if label_smoothing:
        even = 1.0 if weight is None else _along_classes(weight, x)
        even = even if counted is None else even * ops.expand_dims(counted, axis)
        # every class gets an equal share of the smoothing
        smooth = (1.0 - label_smoothing) * weighted + label_smoothing / classes * even
    else:
        smooth = weighted
    losses = -ops.sum(smooth * logs, axis=axis)
    if reduction != MEAN:
        return _reduced(losses, reduction)
    if target.dtype.kind in "iu" and (weight is not None or counted is not None):
        return ops.sum(losses) / ops.sum(weighted)
    return ops.sum(losses) / max(losses.size, 1)


def _class_axis(x: Tensor) -> int:
    return 1 if x.ndim > 1 else 0


def _along_classes(weight: Tensor, x: Tensor) -> Tensor:
    """A weight for each class, reshaped to be broadcast along the axis of classes."""
    return ops.reshape(weight, (-1, *(1,) * (x.ndim - 2))) if x.ndim > 1 else weight


def _one_hot(x: Tensor, target: Tensor, ignore_index: int) -> tuple[Tensor, Tensor | None]:
    """One-hot class numbers along the axis of classes, and a mask of the rows that count, or None.

    None means that all rows count.  A traced batch has no values, so it always gets a mask.
    """
    axis = _class_axis(x)
    value, counted = target.node.value, None
    if value is None or np.any(value == ignore_index):
        mask = ops.not_equal(target, ignore_index)
        target = ops.where(mask, target, 0)
        counted = mask.astype(x.dtype)
    hot = ops.one_hot(target, x.shape[axis], x.dtype)
    if axis != hot.ndim - 1:
        hot = ops.transpose(hot, (0, hot.ndim - 1, *range(1, hot.ndim - 1)))
    return (hot, None) if counted is None else (hot * ops.expand_dims(counted, axis), counted)
