"""Standardising: mean 0 and variance 1, as batch and layer normalisation need it."""

from __future__ import annotations

import numpy as np

from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.columnwise import ADD, SCALE, SQUARE, columnwise
from chainrule.engine.threads.work_sharing import share_axes

__all__ = ["standardize"]


@inner
def standardize(A, a, o, means, vars_, scratch, outer, length, inner, eps, rank, ranks):
    """(x − mean) / √(variance + ε) over the middle axis of (outer, length, inner).

    The means and variances are stored too.
    """
    one, count = A.dtype.type(1), A.dtype.type(length)
    begin, end, left, right = share_axes(outer, inner, rank, ranks)
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
        columnwise(ADD, A, x, length, inner, n, x, x, mean)
        centre, spread = A[mean : mean + n], A[var : var + n]
        for i in range(n):
            centre[i] /= count
        columnwise(SQUARE, A, x, length, inner, n, mean, mean, var)
        for i in range(n):
            spread[i] /= count
            scale[i] = one / np.sqrt(spread[i] + eps)
        columnwise(SCALE, A, x, length, inner, n, mean, scratch, y)


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
