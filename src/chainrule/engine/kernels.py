"""Kernels: loops over stretches of the arena, compiled once and kept on disk."""

from __future__ import annotations

import numpy as np

from chainrule.engine.compile import compiled
from chainrule.engine.functions import exp

__all__ = ["multiply", "normalise", "one_hot", "reduce", "uniform"]

SMALL = 1500
"""Matrix products of fewer multiplications are done by a plain loop: calling BLAS costs more."""


@compiled
def multiply(A, a, b, c, m, n, k, a_turned, b_turned):
    """C (m×n) = A·B for A (m×k) and B (k×n), each lying by rows or, turned, by columns."""
    if m * n * k < SMALL:
        _multiply_small(A, a, b, c, m, n, k, a_turned, b_turned)
        return
    out = A[c : c + m * n].reshape((m, n))
    if a_turned:
        left = A[a : a + m * k].reshape((k, m)).T
        if b_turned:
            np.dot(left, A[b : b + k * n].reshape((n, k)).T, out)
        else:
            np.dot(left, A[b : b + k * n].reshape((k, n)), out)
    else:
        plain = A[a : a + m * k].reshape((m, k))
        if b_turned:
            np.dot(plain, A[b : b + k * n].reshape((n, k)).T, out)
        else:
            np.dot(plain, A[b : b + k * n].reshape((k, n)), out)


@compiled
def _multiply_small(A, a, b, c, m, n, k, a_turned, b_turned):
    left, right = A[a : a + m * k], A[b : b + k * n]
    row, step = (1, m) if a_turned else (k, 1)
    for i in range(m):
        out = A[c + i * n : c + (i + 1) * n]
        if b_turned:
            for j in range(n):
                total = A.dtype.type(0)
                for p in range(k):
                    total += left[i * row + p * step] * right[j * k + p]
                out[j] = total
            continue
        for j in range(n):
            out[j] = 0
        for p in range(k):
            x, other = left[i * row + p * step], right[p * n : (p + 1) * n]
            for j in range(n):
                out[j] += x * other[j]


@compiled
def reduce(kind, A, a, o, outer, length, inner):
    """Over the middle axis of (outer, length, inner): 0 sum, 1 max, 2 min, 3 product."""
    for x in range(outer):
        block = A[a + x * length * inner : a + (x + 1) * length * inner]
        out = A[o + x * inner : o + (x + 1) * inner]
        if inner == 1:
            total = block[0]
            if kind == 0:
                for y in range(1, length):
                    total += block[y]
            else:
                for y in range(1, length):
                    total = _pair(kind, total, block[y])
            out[0] = total
            continue
        for z in range(inner):
            out[z] = block[z]
        for y in range(1, length):
            row = block[y * inner : (y + 1) * inner]
            if kind == 0:
                for z in range(inner):
                    out[z] += row[z]
            else:
                for z in range(inner):
                    out[z] = _pair(kind, out[z], row[z])


@compiled
def _pair(kind, x, y):
    if kind == 1:
        return np.maximum(x, y)
    return np.minimum(x, y) if kind == 2 else x * y


@compiled
def normalise(logarithmic, A, a, o, rows, columns):
    """Softmax of each row, or its logarithm."""
    for r in range(rows):
        x, out = (
            A[a + r * columns : a + (r + 1) * columns],
            A[o + r * columns : o + (r + 1) * columns],
        )
        top = x[0]
        for j in range(1, columns):
            top = max(top, x[j])
        if logarithmic and not np.isfinite(top):
            top = A.dtype.type(0)
        for j in range(columns):
            out[j] = exp(x[j] - top)
        total = A.dtype.type(0)
        for j in range(columns):
            total += out[j]
        if logarithmic:
            shift = top + np.log(total)
            for j in range(columns):
                out[j] = x[j] - shift
        else:
            scale = 1 / total
            for j in range(columns):
                out[j] *= scale


@compiled
def one_hot(A, integers, labels, o, n, classes):
    """A row with a single 1 for each label."""
    out, places = A[o : o + n * classes], integers[labels : labels + n]
    out[:] = 0
    for i in range(n):
        if 0 <= places[i] < classes:
            out[i * classes + places[i]] = 1


@compiled
def _mixed(state):
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


@compiled
def uniform(A, counter, seed, o, n):
    """Numbers in [0, 1) by seed, counter and place: the primitive's own arithmetic."""
    golden = np.uint64(0x9E3779B97F4A7C15)
    stream = _mixed(np.uint64(seed) * golden + np.uint64(counter))
    scale = A.dtype.type(1.0 / (1 << 24))
    out = A[o : o + n]
    for i in range(n):
        bits = _mixed(stream + np.uint64(i + 1) * golden) >> np.uint64(40)
        out[i] = A.dtype.type(bits) * scale
