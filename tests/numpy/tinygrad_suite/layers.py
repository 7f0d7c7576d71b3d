"""Products, windows, interpolation and losses."""

from __future__ import annotations

import math
from typing import Any

import numpy

import chainrule as cr
import chainrule.numpy as np
from tinygrad_suite.base import pairs, plain
from tinygrad_suite.reductions import Reductions

__all__ = ["Layers"]


def for_each(setting: Any, axes: int) -> tuple[int, ...]:
    return (setting,) * axes if isinstance(setting, int) else tuple(setting)


def edges(padding: Any, axes: int) -> list[tuple[int, int]]:
    """Padding as one number, one for each axis, or pairs from the last axis."""
    widths = for_each(padding, axes)
    if len(widths) == axes:
        return [(n, n) for n in widths]
    if len(widths) == 2 * axes:
        return pairs(widths)
    raise ValueError(f"padding {padding} for {axes} axes")


def reduced(losses: Any, reduction: str, count: Any = None) -> Any:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction={reduction}")
    if reduction == "none":
        return losses
    total = np.sum(losses)
    if reduction == "sum":
        return total
    return np.mean(losses) if count is None else total / count


def interpolated(a: Any, axis: int, size: int, mode: str, align_corners: bool) -> Any:
    length = a.shape[axis]
    places = numpy.arange(size)
    if mode.startswith("nearest"):
        middle = 0.5 if mode == "nearest-exact" else 0.0
        return np.take(a, numpy.floor((places + middle) * length / size).astype(int), axis=axis)
    if align_corners:
        at = places * ((length - 1) / (size - 1))
    else:
        at = numpy.clip((places + 0.5) * (length / size) - 0.5, 0, length - 1)
    low = numpy.floor(at).astype(int)
    high = numpy.minimum(low + 1, length - 1)
    weight = (at - low).astype(a.dtype).reshape(-1, *[1] * (a.ndim - axis % a.ndim - 1))
    below, above = np.take(a, low, axis=axis), np.take(a, high, axis=axis)
    return below + (above - below) * weight


class Layers(Reductions):
    """Methods of tinygrad's tensor that layers and losses are made of."""

    # products

    def dot(self, other: Any) -> Any:
        return self.of(np.matmul(self.a, other.a))

    matmul = __matmul__ = dot

    @staticmethod
    def einsum(formula: str, *given: Any) -> Any:
        parts = given[0] if isinstance(given[0], (list, tuple)) else given
        operands, arrow, result = formula.replace(" ", "").partition("->")
        if arrow and "..." in operands and "..." not in result:  # NumPy sums only over letters
            found = np.einsum(f"{operands}->{result}...", *map(plain, parts))
            return parts[0].of(np.sum(found, axis=tuple(range(len(result), found.ndim))))
        return parts[0].of(np.einsum(operands + arrow + result, *map(plain, parts)))

    def scaled_dot_product_attention(
        self,
        key: Any,
        value: Any,
        attn_mask: Any = None,
        is_causal: bool = False,
        enable_gqa: bool = False,
    ) -> Any:
        keys, values = key.a, value.a
        if enable_gqa:
            times = self.shape[-3] // keys.shape[-3]
            keys, values = np.repeat(keys, times, axis=-3), np.repeat(values, times, axis=-3)
        scores = self.a @ np.swapaxes(keys, -1, -2) / math.sqrt(self.shape[-1])
        if is_causal:
            if attn_mask is not None:
                raise RuntimeError("a mask besides the causal one")
            scores = np.where(numpy.tri(*scores.shape[-2:], dtype=bool), scores, -math.inf)
        if attn_mask is not None:
            scores = scores + attn_mask.a
        return self.of(cr.softmax(scores, axis=-1) @ values)

    # windows

    def conv2d(
        self,
        weight: Any,
        bias: Any = None,
        groups: int = 1,
        stride: Any = 1,
        dilation: Any = 1,
        padding: Any = 0,
    ) -> Any:
        axes = self.ndim - 2
        x = self.pad([(0, 0), (0, 0), *edges(padding, axes)]).a
        settings = {"stride": stride, "dilation": dilation, "groups": groups}
        return self.of(cr.convolution(x, weight.a, plain(bias), **settings))

    def conv_transpose2d(
        self,
        weight: Any,
        bias: Any = None,
        groups: int = 1,
        stride: Any = 1,
        dilation: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
    ) -> Any:
        """Each input adds its multiple of the kernel to the output: `cr.fold`."""
        axes, size = self.ndim - 2, weight.shape[2:]
        steps, gaps, beyond = (for_each(s, axes) for s in (stride, dilation, output_padding))
        windows = []
        for part, kernel in zip(
            np.split(self.a, groups, axis=1), np.split(weight.a, groups, axis=0), strict=True
        ):
            rows = np.moveaxis(part, 1, -1) @ np.reshape(kernel, (kernel.shape[0], -1))
            shape = (*rows.shape[:-1], kernel.shape[1], *size)
            windows.append(np.moveaxis(np.reshape(rows, shape), axes + 1, 1))
        cut = edges(padding, axes)
        spans = [
            ((n - 1) * s + d * (k - 1) + 1, more)
            for n, s, d, k, more in zip(self.shape[2:], steps, gaps, size, beyond, strict=True)
        ]
        joined = np.concatenate(windows, axis=1)
        full = cr.fold(joined, [n for n, _ in spans], steps, gaps)
        ends = [(-p, more - q) for (p, q), (_, more) in zip(cut, spans, strict=True)]
        found = self.of(full).pad([(0, 0), (0, 0), *ends]).a
        return self.of(found if bias is None else found + np.reshape(bias.a, (-1, *(1,) * axes)))

    def max_pool2d(
        self,
        kernel_size: Any = (2, 2),
        stride: Any = None,
        dilation: Any = 1,
        padding: Any = 0,
        ceil_mode: bool = False,
    ) -> Any:
        size = for_each(kernel_size, 2)
        x = self
        if len(for_each(padding, len(size))) == 2 * len(size):
            x, padding = self.pad(padding, value=-math.inf), 0
        return self.of(cr.max_pool(x.a, size, stride, padding, dilation, ceil=ceil_mode))

    def avg_pool2d(
        self,
        kernel_size: Any = (2, 2),
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> Any:
        counted = {"ceil": ceil_mode, "count_padding": count_include_pad}
        size = for_each(kernel_size, 2)
        return self.of(cr.avg_pool(self.a, size, stride, padding, **counted))

    def interpolate(
        self, size: tuple[int, ...], mode: str = "linear", align_corners: bool = False
    ) -> Any:
        a = self.a
        for axis, length in zip(range(-len(size), 0), size, strict=True):
            a = interpolated(a, axis, length, mode, align_corners)
        return self.of(a)

    # losses

    def binary_crossentropy(self, target: Any, reduction: str = "mean") -> Any:
        y = target.a
        losses = -(y * np.log(self.a) + (1.0 - y) * np.log(1.0 - self.a))
        return self.of(reduced(losses, reduction))

    def binary_crossentropy_logits(
        self, target: Any, reduction: str = "mean", pos_weight: Any = None
    ) -> Any:
        y, weight = target.a, 1.0 if pos_weight is None else pos_weight.a
        right, wrong = -np.logaddexp(0.0, -self.a), -np.logaddexp(0.0, self.a)
        return self.of(reduced(-(weight * y * right + (1.0 - y) * wrong), reduction))

    def cross_entropy(
        self, target: Any, reduction: str = "mean", label_smoothing: float = 0.0
    ) -> Any:
        axis = 0 if self.ndim == 1 else 1
        classes, y = self.shape[axis], target.a
        if y.shape != self.shape:
            if y.ndim != self.ndim - 1:
                raise RuntimeError("labels, or probabilities of the classes")
            y = numpy.eye(classes, dtype=self.a.dtype)[y]
            y = numpy.moveaxis(y, -1, axis)
        y = (1.0 - label_smoothing) * y + label_smoothing / classes
        return self.of(reduced(-np.sum(self.log_softmax(axis).a * y, axis=axis), reduction))

    def sparse_categorical_crossentropy(
        self,
        target: Any,
        ignore_index: int = -1,
        label_smoothing: float = 0.0,
        reduction: str = "mean",
    ) -> Any:
        logs, labels = self.log_softmax().a, target.a
        counted = (labels != ignore_index).astype(self.a.dtype)
        own = np.take_along_axis(logs, labels[..., None], axis=-1)[..., 0]
        spread = label_smoothing * np.mean(logs, axis=-1)
        losses = -((1.0 - label_smoothing) * own + spread) * counted
        return self.of(reduced(losses, reduction, counted.sum()))

    def nll_loss(
        self,
        target: Any,
        weight: Any = None,
        ignore_index: int | None = None,
        reduction: str = "mean",
    ) -> Any:
        labels = target.a
        weights = np.ones(labels.shape, self.a.dtype) if weight is None else weight.a[labels]
        if ignore_index is not None:
            weights = weights * (labels != ignore_index)
        own = np.take_along_axis(self.a, labels[:, None], axis=1)[:, 0]
        return self.of(reduced(-own * weights, reduction, np.sum(weights)))
