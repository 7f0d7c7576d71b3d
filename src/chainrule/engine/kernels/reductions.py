"""Reductions over one axis, and the sum of absolute values that guards against overflow."""

from __future__ import annotations

import numpy as np

from chainrule.engine.jit.compile import compiled, inner
from chainrule.engine.kernels.columnwise import ADD, columnwise
from chainrule.engine.simd.intrinsics import copy
from chainrule.engine.threads.work_sharing import share_axes

__all__ = ["absolute_sum", "reduce"]

MEAN, MAX, MIN = 1, 2, 3


@inner
def reduce(kind, A, a, o, outer, length, inner, rank, ranks):
    """Reduce (outer, length, inner) over its middle axis.

    `kind` is 0 for the sum, 1 mean, 2 maximum, 3 minimum, 4 product.
    """
    begin, end, left, right = share_axes(outer, inner, rank, ranks)
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
                    total = _combine(kind, total, block[y])
            out[0] = total
        elif kind <= MEAN:
            at = a + x * length * inner + left
            columnwise(ADD, A, at, length, inner, right - left, at, at, at, o + x * inner + left)
        else:
            copy(A, o + x * inner + left, A, a + x * length * inner + left, len(out))
            for y in range(1, length):
                row = block[y * inner + left : y * inner + right]
                for z in range(len(out)):
                    out[z] = _combine(kind, out[z], row[z])
        if kind == MEAN:
            count = A.dtype.type(length)
            for z in range(len(out)):
                out[z] /= count


@inner
def _combine(kind, x, y):
    """The maximum, minimum or product of two numbers."""
    if kind == MAX:
        return np.maximum(x, y)
    return np.minimum(x, y) if kind == MIN else x * y


@compiled
def absolute_sum(A, at, n):
    """Σ|A[at:at+n]|, which bounds every entry and is not finite if any entry is not."""
    part, found = A[at : at + n], A.dtype.type(0)
    for i in range(n):
        found += abs(part[i])
    return found
