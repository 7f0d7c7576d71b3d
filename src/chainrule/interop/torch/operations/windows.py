"""Convolution and pooling, which act on windows of an array.

PyTorch accepts arrays with and without a batch axis; `ops` requires one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule import ops
from chainrule.errors import OptionError
from chainrule.interop.torch.operations.registry import operation
from chainrule.ops import Tensor

__all__: list[str] = []

Setting = int | Sequence[int]


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
        x, padding = _padded(x, weight.shape[2:], dilation) if padding == "same" else x, 0
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
    """One number for each axis, from one number or from a list that may have length 1."""
    settings = (setting,) if isinstance(setting, int) else tuple(setting)
    return settings * axes if len(settings) == 1 else settings


def _padded(x: Tensor, size: Sequence[int], dilation: Setting) -> Tensor:
    """The input, padded so that lengths stay the same, with the odd entry at the end."""
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
    """The transpose of convolution: each entry is multiplied by a window, and windows are added."""
    axes = weight.ndim - 2
    batched = x.ndim == weight.ndim
    x = x if batched else ops.expand_dims(x, 0)
    batch, depth, lengths = x.shape[0], x.shape[1] // groups, x.shape[2:]
    size, outputs = weight.shape[2:], weight.shape[1]
    strides, dilations = _each(stride, axes), _each(dilation, axes)
    cropped, added = _each(padding, axes), _each(output_padding, axes)
    rows = ops.swapaxes(ops.reshape(x, (batch, groups, depth, -1)), -1, -2)
    windows = rows @ ops.reshape(weight, (groups, depth, -1))  # (B, groups, O, H·K)
    windows = ops.reshape(windows, (batch, groups, *lengths, outputs, *size))
    channels = 2 + axes  # the axis of output channels, which `fold` wants third
    order = (0, 1, channels, *range(2, channels), *range(channels + 1, windows.ndim))
    full = [
        (n - 1) * s + d * (k - 1) + 1
        for n, s, d, k in zip(lengths, strides, dilations, size, strict=True)
    ]
    y = ops.fold(ops.transpose(windows, order), full, strides, dilations)
    y = ops.reshape(y, (batch, groups * outputs, *full))
    if any(added):
        y = ops.pad(y, [(0, 0), (0, 0), *((0, a) for a in added)])
    if any(cropped):
        ends = [n + a - c for n, a, c in zip(full, added, cropped, strict=True)]
        y = y[(slice(None), slice(None), *map(slice, cropped, ends))]
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
