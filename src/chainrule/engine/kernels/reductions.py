"""Kernels: loops over stretches of the arena, compiled once and kept on disk."""

from __future__ import annotations

import numpy as np

from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.column_sums import ADD, SCALE, SQUARE, over_rows
from chainrule.engine.simd.intrinsics import copy
from chainrule.engine.simd.kernel_math import exp, is_finite, log
from chainrule.engine.threads.barrier import share

MEAN, MAX, MIN = 1, 2, 3

__all__ = ["log_loss", "normalise", "one_hot", "reduce", "standardize", "uniform"]


@inner
def reduce(kind, A, a, o, outer, length, inner, rank, ranks):
    """Over the middle axis of (outer, length, inner): 0 sum, 1 mean, 2 max, 3 min, 4 product."""
    begin, end, left, right = _part(outer, inner, rank, ranks)
    if left == right:
        return
    for x in range(begin, end):
        block = A[a + x * length * inner : a + (x + 1) * length * inner]
        out = A[o + x * inner + left : o + x * inner + right]
        if inner == 1:
            total = block[0]
            if kind <= MEAN:
                for y in range(1, length):
                    total += block[y]
            else:
                for y in range(1, length):
                    total = _pair(kind, total, block[y])
            out[0] = total
        elif kind <= MEAN:
            place = a + x * length * inner + left
            over_rows(
                ADD, A, place, length, inner, right - left, place, place, o + x * inner + left
            )
        else:
            copy(A, o + x * inner + left, A, a + x * length * inner + left, len(out))
            for y in range(1, length):
                row = block[y * inner + left : y * inner + right]
                for z in range(len(out)):
                    out[z] = _pair(kind, out[z], row[z])
        if kind == MEAN:
            count = A.dtype.type(length)
            for z in range(len(out)):
                out[z] /= count


@inner
def _part(outer, inner, rank, ranks):
    """What a thread of a team does of (outer, length, inner): a stretch of the outer axis.

    Where that is but 1, a stretch of the inner one.  As outer from, to, inner from, to.
    """
    if outer > 1:
        begin, end = share(outer, 1, rank, ranks)
        return begin, end, 0, inner
    begin, end = share(inner, 16, rank, ranks)
    return 0, outer, begin, end


@inner
def _pair(kind, x, y):
    if kind == MAX:
        return np.maximum(x, y)
    return np.minimum(x, y) if kind == MIN else x * y


@inner
def normalise(logarithmic, A, a, o, rows, columns, rank, ranks):
    """Softmax of each row, or its logarithm."""
    first, last = share(rows, 4, rank, ranks)
    for r in range(first, last):
        x, out = (
            A[a + r * columns : a + (r + 1) * columns],
            A[o + r * columns : o + (r + 1) * columns],
        )
        top = x[0]
        for j in range(1, columns):
            top = max(top, x[j])
        if logarithmic and not is_finite(top):
            top = A.dtype.type(0)
        for j in range(columns):
            out[j] = exp(x[j] - top)
        total = A.dtype.type(0)
        for j in range(columns):
            total += out[j]
        if logarithmic:
            shift = top + log(total)
            for j in range(columns):
                out[j] = x[j] - shift
        else:
            scale = 1 / total
            for j in range(columns):
                out[j] *= scale


@inner
def log_loss(A, integers, a, labels, losses, o, rows, columns, scratch, rank, ranks):
    """−ln softmax(x)_label of each row to A[losses:], and softmax(x) − one_hot(label) to A[o:]."""
    first, last = share(rows, 4, rank, ranks)
    own = integers[labels : labels + rows]
    for r in range(first, last):
        x = A[a + r * columns : a + (r + 1) * columns]
        out = A[o + r * columns : o + (r + 1) * columns]
        top = x[0]
        for j in range(1, columns):
            top = max(top, x[j])
        if not is_finite(top):
            top = A.dtype.type(0)
        for j in range(columns):
            out[j] = x[j] - top
        label = own[r]
        A[losses + r] = -out[label] if 0 <= label < columns else A.dtype.type(np.nan)
    # all rows at once: they are often shorter than the vectors that take many exponentials
    sums = A[scratch : scratch + last - first]
    out = A[o + first * columns : o + last * columns]
    for j in range(len(out)):
        out[j] = exp(out[j])
    for r in range(first, last):
        out, total = A[o + r * columns : o + (r + 1) * columns], A.dtype.type(0)
        for j in range(columns):
            total += out[j]
        sums[r - first] = total
        scale = 1 / total
        for j in range(columns):
            out[j] *= scale
        if 0 <= own[r] < columns:
            out[own[r]] -= 1
    lost = A[losses + first : losses + last]
    for i in range(len(lost)):
        lost[i] += log(sums[i])


@inner
def standardize(A, a, o, means, vars_, scratch, outer, length, inner, eps, rank, ranks):
    """(x − mean) / √(variance + ε) over the middle axis of (outer, length, inner), and both."""
    one, count = A.dtype.type(1), A.dtype.type(length)
    begin, end, left, right = _part(outer, inner, rank, ranks)
    if left == right:
        return
    for block in range(begin, end):
        x, y = a + block * length * inner + left, o + block * length * inner + left
        mean, var = means + block * inner + left, vars_ + block * inner + left
        if inner == 1:
            _standardize_row(A[x : x + length], A[y : y + length], A[mean:], A[var:], eps)
            continue
        n = right - left
        scale = A[scratch : scratch + n]
        over_rows(ADD, A, x, length, inner, n, x, x, mean)
        centre, spread = A[mean : mean + n], A[var : var + n]
        for i in range(n):
            centre[i] /= count
        over_rows(SQUARE, A, x, length, inner, n, mean, mean, var)
        for i in range(n):
            spread[i] /= count
            scale[i] = one / np.sqrt(spread[i] + eps)
        over_rows(SCALE, A, x, length, inner, n, mean, scratch, y)


@inner
def _standardize_row(x, out, mean, var, eps):
    zero = x.dtype.type(0)
    total, spread = zero, zero
    for i in range(len(x)):
        total += x[i]
    centre = total / x.dtype.type(len(x))
    for i in range(len(x)):
        spread += (x[i] - centre) * (x[i] - centre)
    spread /= x.dtype.type(len(x))
    scale = x.dtype.type(1) / np.sqrt(spread + eps)
    for i in range(len(x)):
        out[i] = (x[i] - centre) * scale
    mean[0], var[0] = centre, spread


@inner
def one_hot(A, integers, labels, o, n, classes, rank, ranks):
    """A row with a single 1 for each label."""
    out, places = A[o : o + n * classes], integers[labels : labels + n]
    first, last = share(n, 4, rank, ranks)
    out[first * classes : last * classes] = 0
    for i in range(first, last):
        if 0 <= places[i] < classes:
            out[i * classes + places[i]] = 1


@inner
def _mixed(state):
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


@inner
def uniform(A, counter, seed, o, n, rank, ranks):
    """Numbers in [0, 1) by seed, counter and place: the primitive's own arithmetic."""
    golden = np.uint64(0x9E3779B97F4A7C15)
    stream = _mixed(np.uint64(seed) * golden + np.uint64(counter))
    scale = A.dtype.type(1.0 / (1 << 24))
    out = A[o : o + n]
    first, last = share(n, 16, rank, ranks)
    for i in range(first, last):
        bits = _mixed(stream + np.uint64(i + 1) * golden) >> np.uint64(40)
        out[i] = A.dtype.type(bits) * scale
