"""Adaptive pooling: reduces an axis of any length to a given number of regions."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array
from chainrule.ops.define import floating, real_part
from chainrule.ops.linalg import matmul
from chainrule.ops.reductions import max
from chainrule.ops.registry import provides
from chainrule.ops.shapes import concatenate, swapaxes
from chainrule.ops.tensor import Operand, Tensor, lift
from chainrule.ops.windows.geometry import for_each_axis
from chainrule.ops.windows.pooling import Setting, avg_pool, max_pool, pooled_axes

__all__ = ["adaptive_avg_pool", "adaptive_max_pool"]


@provides("adaptive_max_pool")
def adaptive_max_pool(x: Operand, outputs: Setting) -> Tensor:
    """Maxima over a given number of regions of the last axes, whatever the axes' lengths.

    yᵢ = max of x from ⌊i·N/O⌋ to ⌈(i + 1)·N/O⌉ − 1,  for O `outputs` from N entries

    `outputs` is a number for each pooled axis.  The regions overlap unless N is a multiple of O.
    At a tie, the largest entries share the gradient; where regions overlap, they share it axis by
    axis.

    >>> import numpy as np, chainrule as cr
    >>> cr.adaptive_max_pool(np.array([1.0, 3.0, 2.0, 0.0]), 2)
    Tensor([3., 2.])
    """
    x = lift(x)
    axes = pooled_axes(x, outputs, "adaptive_max_pool", "outputs")
    wanted = for_each_axis("adaptive_max_pool outputs", outputs, axes, 1)
    last = x.shape[x.ndim - axes :]
    if all(n and n % o == 0 for n, o in zip(last, wanted, strict=True)):
        return max_pool(x, tuple(n // o for n, o in zip(last, wanted, strict=True)))
    for axis, (n, o) in zip(range(-axes, 0), zip(last, wanted, strict=True), strict=True):
        behind = (slice(None),) * (-axis - 1)
        parts = [x[(..., slice(*region), *behind)] for region in _regions(n, o)]
        x = concatenate([max(part, axis, keepdims=True) for part in parts], axis)
    return x


@provides("adaptive_avg_pool")
def adaptive_avg_pool(x: Operand, outputs: Setting) -> Tensor:
    """Means over a given number of regions of the last axes, whatever the axes' lengths.

    yᵢ = mean of x from ⌊i·N/O⌋ to ⌈(i + 1)·N/O⌉ − 1,  for O `outputs` from N entries

    `outputs` is a number for each pooled axis; with 1, an axis is reduced to its mean.  The regions
    overlap unless N is a multiple of O.

    >>> import numpy as np, chainrule as cr
    >>> cr.adaptive_avg_pool(np.array([1.0, 3.0, 2.0, 0.0]), 1)
    Tensor([1.5])
    """
    x = lift(x)
    axes = pooled_axes(x, outputs, "adaptive_avg_pool", "outputs")
    wanted = for_each_axis("adaptive_avg_pool outputs", outputs, axes, 1)
    last = x.shape[x.ndim - axes :]
    if all(n % o == 0 for n, o in zip(last, wanted, strict=True)):
        return avg_pool(x, tuple(n // o for n, o in zip(last, wanted, strict=True)))
    for axis, (n, o) in zip(range(-axes, 0), zip(last, wanted, strict=True), strict=True):
        means = _region_means(n, o).astype(floating(real_part(x.dtype)))
        x = swapaxes(matmul(swapaxes(x, axis, -1), means), axis, -1)
    return x


def _region_means(n: int, outputs: int) -> Array:
    """The matrix (n, outputs) whose columns average one region each."""
    means = np.zeros((n, outputs))
    for i, (start, stop) in enumerate(_regions(n, outputs)):
        means[start:stop, i] = 1.0 / (stop - start)
    return means


def _regions(n: int, outputs: int) -> list[tuple[int, int]]:
    """Where each region of an axis of n entries begins and ends."""
    return [(i * n // outputs, -(-(i + 1) * n // outputs)) for i in range(outputs)]
