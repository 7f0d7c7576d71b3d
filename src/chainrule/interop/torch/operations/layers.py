"""Convolution, pooling, normalisation, embedding, dropout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.errors import OptionError
from chainrule.interop.torch.operations.table import operation
from chainrule.nn import Scope
from chainrule.ops import Tensor

__all__ = ["dropout"]

Setting = int | Sequence[int]


# convolution and pooling: PyTorch leaves out the axis of rows, or has it


@operation("conv1d", "conv2d", "conv3d")
def convolution(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Setting = 1,
    padding: Setting | str = 0,
    dilation: Setting = 1,
    groups: int = 1,
) -> Tensor:
    axes = weight.ndim - 2
    batched = x.ndim == weight.ndim
    x = x if batched else ops.expand_dims(x, 0)
    if isinstance(padding, str):
        x, padding = _same(x, weight.shape[2:], dilation) if padding == "same" else x, 0
    y = ops.convolution(
        x,
        weight,
        bias,
        stride=_each(stride, axes),
        padding=_each(padding, axes),
        dilation=_each(dilation, axes),
        groups=groups,
    )
    return y if batched else ops.squeeze(y, 0)


def _each(setting: Setting, axes: int) -> tuple[int, ...]:
    """One number for each axis: PyTorch also writes a list of one."""
    given = (setting,) if isinstance(setting, int) else tuple(setting)
    return given * axes if len(given) == 1 else given


def _same(x: Tensor, size: Sequence[int], dilation: Setting) -> Tensor:
    """As much padding as keeps the lengths, the odd one at the end."""
    steps = _each(dilation, len(size))
    widths = [d * (k - 1) for k, d in zip(size, steps, strict=True)]
    return ops.pad(x, [(0, 0), (0, 0), *((w // 2, w - w // 2) for w in widths)])


@operation("convolution")
def any_convolution(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Setting,
    padding: Setting,
    dilation: Setting,
    transposed: bool,
    output_padding: Setting,
    groups: int,
) -> Tensor:
    if transposed:
        return conv_transpose(x, weight, bias, stride, padding, output_padding, groups, dilation)
    return convolution(x, weight, bias, stride, padding, dilation, groups)


@operation("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def conv_transpose(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Setting = 1,
    padding: Setting = 0,
    output_padding: Setting = 0,
    groups: int = 1,
    dilation: Setting = 1,
) -> Tensor:
    """The transpose of convolution: every entry spreads over a window, and windows are added up."""
    axes = weight.ndim - 2
    batched = x.ndim == weight.ndim
    x = x if batched else ops.expand_dims(x, 0)
    batch, depth, places = x.shape[0], x.shape[1] // groups, x.shape[2:]
    size, outputs = weight.shape[2:], weight.shape[1]
    steps, spread = _each(stride, axes), _each(dilation, axes)
    cut, more = _each(padding, axes), _each(output_padding, axes)
    rows = ops.swapaxes(ops.reshape(x, (batch, groups, depth, -1)), -1, -2)
    windows = rows @ ops.reshape(weight, (groups, depth, -1))  # (B, groups, O, H·K)
    windows = ops.reshape(windows, (batch, groups, *places, outputs, *size))
    inside = 2 + axes
    order = (0, 1, inside, *range(2, inside), *range(inside + 1, windows.ndim))
    reach = [
        (o - 1) * s + d * (k - 1) + 1
        for o, s, d, k in zip(places, steps, spread, size, strict=True)
    ]
    y = ops.fold(ops.transpose(windows, order), reach, steps, spread)
    y = ops.reshape(y, (batch, groups * outputs, *reach))
    if any(more):
        y = ops.pad(y, [(0, 0), (0, 0), *((0, m) for m in more)])
    if any(cut):
        ends = [n + m - c for n, m, c in zip(reach, more, cut, strict=True)]
        y = y[(slice(None), slice(None), *map(slice, cut, ends))]
    if bias is not None:
        y = y + ops.reshape(bias, (-1, *(1,) * axes))
    return y if batched else ops.squeeze(y, 0)


@operation("max_pool1d", "max_pool2d", "max_pool3d")
def max_pool(
    x: Tensor,
    size: Sequence[int],
    stride: Sequence[int] = (),
    padding: Setting = 0,
    dilation: Setting = 1,
    ceil_mode: bool = False,
) -> Tensor:
    return ops.max_pool(
        x,
        tuple(size),
        tuple(stride) or None,
        _each(padding, len(size)),
        _each(dilation, len(size)),
        ceil=ceil_mode,
    )


@operation("avg_pool1d", "avg_pool2d", "avg_pool3d")
def avg_pool(
    x: Tensor,
    size: Sequence[int],
    stride: Sequence[int] = (),
    padding: Setting = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor: int | None = None,
) -> Tensor:
    if divisor is not None:
        whole = ops.avg_pool(x, tuple(size), tuple(stride) or None, _each(padding, len(size)))
        if ceil_mode:
            raise OptionError("from_torch: avg_pool", expected="no divisor", got="with ceil_mode")
        return whole * (float(np.prod(size)) / divisor)
    return ops.avg_pool(
        x,
        tuple(size),
        tuple(stride) or None,
        _each(padding, len(size)),
        ceil=ceil_mode,
        count_padding=count_include_pad,
    )


@operation("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d")
def adaptive_avg_pool(x: Tensor, outputs: Sequence[int]) -> Tensor:
    return ops.adaptive_avg_pool(x, tuple(outputs))


# normalisation


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
    """Over every axis but the second; in training also what becomes of the running statistics."""
    axes = (0, *range(2, x.ndim))
    if not training:
        assert running_mean is not None, "PyTorch checks this"
        assert running_var is not None, "and this"
        moments = _channels(running_mean, x), _channels(running_var, x)
        return (_normalised(x, *moments, weight, bias, eps),)
    mean, var = ops.mean(x, axes, keepdims=True), ops.var(x, axes, keepdims=True)
    y = _normalised(x, mean, var, weight, bias, eps)
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


def _normalised(
    x: Tensor, mean: Tensor, var: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float
) -> Tensor:
    y = (x - mean) / ops.sqrt(var + eps)
    y = y if weight is None else y * _channels(weight, x)
    return y if bias is None else y + _channels(bias, x)


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
    """Each channel of each row by itself; what is kept are the means over the rows."""
    if not use_input_stats:
        return batch_norm(x, weight, bias, running_mean, running_var, False, momentum, eps)
    axes = tuple(range(2, x.ndim))
    mean, var = ops.mean(x, axes, keepdims=True), ops.var(x, axes, keepdims=True)
    y = _normalised(x, mean, var, weight, bias, eps)
    if running_mean is None or running_var is None:
        return (y,)
    places = x.size // (x.shape[0] * x.shape[1])
    unbiased = var * (places / (places - 1))
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
    mean, var = ops.mean(x, axes, keepdims=True), ops.var(x, axes, keepdims=True)
    y = (x - mean) / ops.sqrt(var + eps)
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
    mean, var = ops.mean(parts, -1, keepdims=True), ops.var(parts, -1, keepdims=True)
    y = ops.reshape((parts - mean) / ops.sqrt(var + eps), x.shape)
    y = y if weight is None else y * _channels(weight, x)
    return y if bias is None else y + _channels(bias, x)


# embedding and dropout


@operation("embedding")
def embedding(
    weight: Tensor,
    indices: Tensor,
    padding_idx: int = -1,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Rows of the weight; no gradient goes to the row of `padding_idx`."""
    if scale_grad_by_freq:
        raise OptionError(
            "from_torch: embedding",
            expected="gradients as the chain rule gives them",
            got="scale_grad_by_freq=True",
            remedy="leave it out",
        )
    rows = weight[indices]
    if padding_idx < 0:
        return rows
    padding = ops.expand_dims(indices == padding_idx, -1)
    return ops.where(padding, ops.stop_gradient(rows), rows)


@operation("dropout", draws=True)
def dropout(scope: Scope, x: Tensor, rate: float, train: bool) -> Tensor:
    return _dropped(scope, x, x.shape, rate) if train else x


@operation("feature_dropout", draws=True)
def feature_dropout(scope: Scope, x: Tensor, rate: float, train: bool) -> Tensor:
    """Whole channels dropped."""
    return _dropped(scope, x, (*x.shape[:2], *(1,) * (x.ndim - 2)), rate) if train else x


def _dropped(scope: Scope, x: Tensor, shape: tuple[int, ...], rate: float) -> Tensor:
    if rate in (0, 1):
        return x if rate == 0 else x * 0.0
    draws = ops.uniform(scope.step, shape, scope.stream(0), x.dtype)
    return ops.where(draws >= rate, x * (1.0 / (1.0 - rate)), 0.0)
