"""Normalisation: of batches, instances, layers and groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.interop.torch.operations.registry import operation
from chainrule.ops import Tensor
from chainrule.ops.reductions.centred import centred

__all__: list[str] = []


@operation("batch_norm", updates=(3, 4))
def batch_norm(
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = False,
) -> tuple[Any, ...]:
    """Normalise over every axis but the second; in training also return new running statistics."""
    axes = (0, *range(2, x.ndim))
    if not training:
        assert running_mean is not None, "checked by PyTorch"
        assert running_var is not None, "checked by PyTorch"
        moments = _channels(running_mean, x), _channels(running_var, x)
        return (_scaled(x - moments[0], moments[1], weight, bias, eps),)
    mean, var = ops.mean(x, axes, keepdims=True), ops.var(x, axes, keepdims=True)
    y = _scaled(centred(x, axes), var, weight, bias, eps)
    if running_mean is None or running_var is None:
        return (y,)
    rows = x.size // x.shape[1]
    unbiased = var * (rows / (rows - 1))
    return (
        y,
        (1.0 - momentum) * running_mean + momentum * ops.reshape(mean, -1),
        (1.0 - momentum) * running_var + momentum * ops.reshape(unbiased, -1),
    )


def _channels(values: Tensor, x: Tensor) -> Tensor:
    """One value for each channel, the second axis of x."""
    return ops.reshape(values, (-1, *(1,) * (x.ndim - 2)))


def _scaled(
    deviations: Tensor, var: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float
) -> Tensor:
    y = deviations / ops.sqrt(var + eps)
    y = y if weight is None else y * _channels(weight, y)
    return y if bias is None else y + _channels(bias, y)


@operation("instance_norm", updates=(3, 4))
def instance_norm(
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = False,
) -> tuple[Any, ...]:
    """Normalise each channel of each row; running statistics are means over the rows."""
    if not use_input_stats:
        return batch_norm(x, weight, bias, running_mean, running_var, False, momentum, eps)
    axes = tuple(range(2, x.ndim))
    mean, var = ops.mean(x, axes, keepdims=True), ops.var(x, axes, keepdims=True)
    y = _scaled(centred(x, axes), var, weight, bias, eps)
    if running_mean is None or running_var is None:
        return (y,)
    count = x.size // (x.shape[0] * x.shape[1])
    unbiased = var * (count / (count - 1))
    return (
        y,
        (1.0 - momentum) * running_mean + momentum * ops.mean(mean, (0, *axes)),
        (1.0 - momentum) * running_var + momentum * ops.mean(unbiased, (0, *axes)),
    )


@operation("layer_norm")
def layer_norm(
    x: Tensor,
    shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enable: bool = False,
) -> Tensor:
    axes = tuple(range(-len(shape), 0))
    y = centred(x, axes) / ops.sqrt(ops.var(x, axes, keepdims=True) + eps)
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


@operation("rms_norm")
def rms_norm(
    x: Tensor, shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    axes = tuple(range(-len(shape), 0))
    square = ops.mean(ops.square(x), axes, keepdims=True)
    y = x / ops.sqrt(square + (float(np.finfo(x.dtype).eps) if eps is None else eps))
    return y if weight is None else y * weight


@operation("group_norm")
def group_norm(
    x: Tensor,
    groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enabled: bool = False,
) -> Tensor:
    parts = ops.reshape(x, (x.shape[0], groups, -1))
    var = ops.var(parts, -1, keepdims=True)
    y = ops.reshape(centred(parts, -1) / ops.sqrt(var + eps), x.shape)
    y = y if weight is None else y * _channels(weight, x)
    return y if bias is None else y + _channels(bias, x)
