"""Softmax of the rows of a matrix, and its logarithm."""

from __future__ import annotations

from chainrule.engine.jit.compile import inner
from chainrule.engine.simd.kernel_math import exp, is_finite, log
from chainrule.engine.threads.work_sharing import share

__all__ = ["softmax"]


@inner
def softmax(logarithmic, A, a, o, rows, columns, rank, ranks):
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
