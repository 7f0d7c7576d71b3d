"""Convolutions in plain NumPy: windows of the images, multiplied by the kernels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.bench.libraries.reference.losses import Gradients, cross_entropy, linear_gradients
from chainrule.bench.networks.convolution import KERNEL, POOL
from chainrule.graph import Array

__all__ = ["convolution_gradients"]


def convolution_gradients(p: Mapping[str, Array], x: Array, y: Array) -> tuple[float, Gradients]:
    """The loss of images x (B, C, N, N) with labels (B,), and the gradients of all parameters."""
    count = sum(name.startswith("conv") for name in p) // 2
    a, kept = x, list[Any]()
    for i in range(count):
        windows = np.lib.stride_tricks.sliding_window_view(a, (KERNEL, KERNEL), (2, 3))
        z = np.einsum("bcijkl,dckl->bdij", windows, p[f"conv{i}.weight"], optimize=True)
        z += p[f"conv{i}.bias"][:, None, None]
        pooled = _blocks(np.maximum(z, 0)).max(axis=(3, 5))
        kept.append((a, windows, z, pooled))
        a = pooled
    flat = a.reshape(len(a), -1)
    loss, g = cross_entropy(flat @ p["linear.weight"].T + p["linear.bias"], y)
    found = linear_gradients("linear", flat, g)
    g = (g @ p["linear.weight"]).reshape(a.shape)
    for i in reversed(range(count)):
        before, windows, z, pooled = kept[i]
        dz = np.zeros_like(z)
        largest = _blocks(z) == pooled[:, :, :, None, :, None]  # where it is 0, ReLU has no slope
        _blocks(dz)[:] = largest * (_blocks(z) > 0) * g[:, :, :, None, :, None]
        found[f"conv{i}.weight"] = np.einsum("bcijkl,bdij->dckl", windows, dz, optimize=True)
        found[f"conv{i}.bias"] = dz.sum(axis=(0, 2, 3))
        g = np.zeros_like(before)
        side = z.shape[-1]
        for k, row in enumerate(p[f"conv{i}.weight"].transpose(2, 3, 0, 1)):
            for j, weight in enumerate(row):
                part = np.einsum("bdij,dc->bcij", dz, weight, optimize=True)
                g[:, :, k : k + side, j : j + side] += part
    return loss, found


def _blocks(z: Array) -> Array:
    """A view (B, C, n, 2, n, 2) of the 2 × 2 blocks that are pooled."""
    n = z.shape[-1] // POOL
    rows, columns = z.strides[-2:]
    shape = (*z.shape[:2], n, POOL, n, POOL)
    strides = (*z.strides[:2], POOL * rows, rows, POOL * columns, columns)
    return np.lib.stride_tricks.as_strided(z, shape, strides)
