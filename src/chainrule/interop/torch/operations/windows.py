"""Convolution and pooling, which act on windows of an array.

PyTorch accepts arrays with and without a batch axis; `ops` requires one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

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
    padding: Setting | Literal["same", "valid"] = 0,
    dilation: Setting = 1,
    groups: int = 1,
) -> Tensor:
    axes = weight.ndim - 2
    batched = x.ndim == weight.ndim
    x = x if batched else ops.expand_dims(x, 0)
    y = ops.convolution(
        x,
        weight,
        bias,
        stride=_each(stride, axes),
        padding=padding if isinstance(padding, str) else _each(padding, axes),
        dilation=_each(dilation, axes),
        groups=groups,
    )
    return y if batched else ops.squeeze(y, 0)


def _each(setting: Setting, axes: int) -> tuple[int, ...]:
    """One number for each axis, from one number or from a list that may have length 1."""
    settings = (setting,) if isinstance(setting, int) else tuple(setting)
    return settings * axes if len(settings) == 1 else settings


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
    axes = weight.ndim - 2
    batched = x.ndim == weight.ndim
    y = ops.transposed_convolution(
        x if batched else ops.expand_dims(x, 0),
        weight,
        bias,
        stride=_each(stride, axes),
        padding=_each(padding, axes),
        output_padding=_each(output_padding, axes),
        dilation=_each(dilation, axes),
        groups=groups,
    )
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


@operation("adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d")
def adaptive_max_pool(x: Tensor, outputs: Sequence[int]) -> tuple[Tensor, None]:
    """The maxima; PyTorch's second result, where they are, is left out."""
    return ops.adaptive_max_pool(x, tuple(outputs)), None
