"""The transpose of convolution: each entry is spread over a window."""

from __future__ import annotations

import math
from collections.abc import Sequence

from chainrule.arguments import whole_number
from chainrule.errors import OptionError, ShapeError
from chainrule.ops.linalg import matmul
from chainrule.ops.registry import provides
from chainrule.ops.shapes import pad, reshape, swapaxes, transpose
from chainrule.ops.tensor import Operand, Tensor, lift
from chainrule.ops.windows.convolution import with_bias
from chainrule.ops.windows.geometry import for_each_axis, spanned_lengths
from chainrule.ops.windows.unfold import fold

__all__ = ["transposed_convolution"]

_NAME = "transposed_convolution"


@provides(_NAME)
def transposed_convolution(
    x: Operand,
    weight: Operand,
    bias: Operand | None = None,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """Transpose of convolution over any number of axes: what maps its output's gradient to x's.

    y[b, h, n] = bias[h] + Σ weight[d, h, k] · x[b, d, o]
    over all d, o, k with  o·stride + k·dilation − padding = n

    x is (B, D, O …), weight is (D, H / groups, K …) with the same windowed axes, bias is (H,), and
    y is (B, H, N …) with N = (O − 1)·stride − 2·padding + dilation·(K − 1) + output_padding + 1.  A
    convolution with a stride above 1 has one output length for several input lengths:
    `output_padding` selects one of them, by entries at the end.  With groups, each group of
    D / groups inputs feeds its own H / groups outputs.  Settings are one number for all axes, or
    one for each.

    Raises ShapeError for shapes that do not fit, and OptionError for settings out of range:
    output_padding must be below the stride or the dilation.

    >>> import numpy as np, chainrule as cr
    >>> x, weight = np.array([[[1.0, 2.0]]]), np.array([[[3.0, 5.0]]])
    >>> cr.transposed_convolution(x, weight)
    Tensor([[[ 3., 11., 10.]]])

    Zeiler, Krishnan, Taylor and Fergus, "Deconvolutional Networks", 2010; Dumoulin and Visin, "A
    guide to convolution arithmetic for deep learning", 2016.
    """
    x, weight = lift(x), lift(weight)
    axes, groups = weight.ndim - 2, whole_number(f"{_NAME} groups", groups, 1)
    if axes < 1 or x.ndim != weight.ndim or x.shape[1] != weight.shape[0] or x.shape[1] % groups:
        raise ShapeError(
            _NAME,
            expected="x (B, D, O …) and weight (D, H / groups, K …) with D divisible by groups",
            got=f"{x.shape} and {weight.shape} with groups={groups}",
        )
    size, counts = weight.shape[2:], x.shape[2:]
    strides = for_each_axis(f"{_NAME} stride", stride, axes, 1)
    dilations = for_each_axis(f"{_NAME} dilation", dilation, axes, 1)
    cropped = for_each_axis(f"{_NAME} padding", padding, axes, 0)
    added = for_each_axis(f"{_NAME} output_padding", output_padding, axes, 0)
    if any(a >= max(s, d) for a, s, d in zip(added, strides, dilations, strict=True)):
        raise OptionError(
            f"{_NAME} output_padding",
            expected="less than the stride or the dilation",
            got=f"{added} with stride={strides} and dilation={dilations}",
        )
    full = spanned_lengths(counts, size, strides, dilations)
    lengths = [n - 2 * c + a for n, c, a in zip(full, cropped, added, strict=True)]
    if any(n < 1 for n in (*counts, *lengths)):
        raise ShapeError(
            _NAME,
            expected="inputs of which the padding leaves something",
            got=f"lengths {counts}, which give {tuple(lengths)}",
        )
    y = fold(_windows(x, weight, groups), full, strides, dilations)
    y = reshape(y, (x.shape[0], groups * weight.shape[1], *full))
    if any(added):
        y = pad(y, [(0, 0), (0, 0), *((0, a) for a in added)])
    if any(cropped):
        ends = [c + n for c, n in zip(cropped, lengths, strict=True)]
        y = y[(slice(None), slice(None), *map(slice, cropped, ends))]
    return y if bias is None else with_bias(_NAME, y, bias)


def _windows(x: Tensor, weight: Tensor, groups: int) -> Tensor:
    """The window (B, groups, H / groups, O …, K …) of each entry, by one matrix product."""
    batch, depth, counts = x.shape[0], x.shape[1] // groups, x.shape[2:]
    outputs, size = weight.shape[1], weight.shape[2:]
    rows = swapaxes(reshape(x, (batch, groups, depth, math.prod(counts))), -1, -2)
    kernel = reshape(weight, (groups, depth, outputs * math.prod(size)))
    windows = reshape(matmul(rows, kernel), (batch, groups, *counts, outputs, *size))
    channels = 2 + len(counts)
    inside = range(channels + 1, windows.ndim)
    return transpose(windows, (0, 1, channels, *range(2, channels), *inside))
