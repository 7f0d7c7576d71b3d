"""Convolution: the same weighted sum at every position."""

from __future__ import annotations

import math
from collections.abc import Sequence

from chainrule.arguments import whole_number
from chainrule.errors import ShapeError
from chainrule.ops.linalg import matmul
from chainrule.ops.registry import provides
from chainrule.ops.shapes import pad, reshape, transpose
from chainrule.ops.tensor import Operand, Tensor, lift
from chainrule.ops.windows.geometry import Padding, edges_of, for_each_axis
from chainrule.ops.windows.unfold import unfold

__all__ = ["convolution", "with_bias"]


@provides("convolution")
def convolution(
    x: Operand,
    weight: Operand,
    bias: Operand | None = None,
    *,
    stride: int | Sequence[int] = 1,
    padding: Padding = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """Convolution over any number of axes in the sense of neural networks: a cross-correlation.

    y[b, h, o] = bias[h] + Σ_{d, k} weight[h, d, k] · x[b, d, o·stride + k·dilation − padding]

    x is (B, D, N …), weight is (H, D / groups, K …) with the same windowed axes, bias is (H,), and
    y is (B, H, O …) with O = ⌊(N + 2·padding − dilation·(K − 1) − 1) / stride⌋ + 1.  Outside its
    range, x is 0.  With groups, each group of H / groups outputs reads its own D / groups inputs.
    Settings are one number for all axes, or one for each.  Padding "valid" is 0; "same" makes O = N
    with a stride of 1, where an odd entry is added at the end.

    It is recorded as windows and one matrix product, so ∂L/∂weight sums over all positions where
    the weight is used.  Raises ShapeError for shapes that do not fit, and OptionError for settings
    out of range.

    >>> import numpy as np, chainrule as cr
    >>> cr.convolution(np.array([[[1.0, 2.0, 4.0]]]), np.array([[[-1.0, 1.0]]]))
    Tensor([[[1., 2.]]])

    LeCun et al., "Backpropagation Applied to Handwritten Zip Code Recognition", 1989.
    """
    x, weight = lift(x), lift(weight)
    axes, groups = weight.ndim - 2, whole_number("convolution groups", groups, 1)
    fits = axes >= 1 and x.ndim == weight.ndim
    if not fits or x.shape[1] != groups * weight.shape[1] or weight.shape[0] % groups:
        raise ShapeError(
            "convolution",
            expected="x (B, D, N …) and weight (H, D / groups, K …) with H divisible by groups",
            got=f"{x.shape} and {weight.shape} with groups={groups}",
        )
    size = weight.shape[2:]
    strides = for_each_axis("convolution stride", stride, axes, 1)
    dilations = for_each_axis("convolution dilation", dilation, axes, 1)
    edges = edges_of("convolution padding", padding, size, strides, dilations)
    if any(map(any, edges)):
        x = pad(x, [(0, 0), (0, 0), *edges])
    windows = unfold(x, size, strides, dilations)
    sums = _sums(windows, weight, groups, axes)
    y = transpose(sums, (0, sums.ndim - 1, *range(1, sums.ndim - 1)))
    return y if bias is None else with_bias("convolution", y, bias)


def with_bias(name: str, y: Tensor, bias: Operand) -> Tensor:
    """Add one number to each channel, the second axis of y.  Raises ShapeError for others."""
    bias = lift(bias)
    if bias.shape != y.shape[1:2]:
        raise ShapeError(f"{name} bias", expected=f"shape {y.shape[1:2]}", got=f"{bias.shape}")
    return y + reshape(bias, (-1, *(1,) * (y.ndim - 2)))


def _sums(windows: Tensor, weight: Tensor, groups: int, axes: int) -> Tensor:
    """The weighted sums (B, O …, H) of windows (B, D, O …, K …), by one matrix product."""
    batch, positions, outputs = windows.shape[0], windows.shape[2 : 2 + axes], weight.shape[0]
    inside = range(2 + axes, windows.ndim)
    rows = transpose(windows, (0, *range(2, 2 + axes), 1, *inside))
    count, depth = batch * math.prod(positions), math.prod(weight.shape[1:])
    if groups == 1:
        rows, kernel = reshape(rows, (count, depth)), reshape(weight, (outputs, depth))
        return reshape(matmul(rows, transpose(kernel)), (batch, *positions, outputs))
    rows = transpose(reshape(rows, (count, groups, depth)), (1, 0, 2))
    kernel = reshape(weight, (groups, outputs // groups, depth))
    sums = matmul(rows, transpose(kernel, (0, 2, 1)))  # (groups, B·O, H / groups)
    return reshape(transpose(sums, (1, 0, 2)), (batch, *positions, outputs))
