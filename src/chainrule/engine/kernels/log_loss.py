"""The cross-entropy loss of rows of logits, with its gradient."""

from __future__ import annotations

import numpy as np

from chainrule.engine.jit.compile import inner
from chainrule.engine.simd.kernel_math import exp, is_finite, log
from chainrule.engine.threads.work_sharing import share

__all__ = ["log_loss"]


@inner
def log_loss(A, integers, a, labels, losses, o, rows, columns, scratch, rank, ranks):
    """−ln softmax(x)_label of each row to A[losses:], and softmax(x) − one_hot(label) to A[o:]."""
    first, last = share(rows, 4, rank, ranks)
    targets = integers[labels : labels + rows]
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
        label = targets[r]
        A[losses + r] = -out[label] if 0 <= label < columns else A.dtype.type(np.nan)
    # exponentials of all rows in one loop: a row is often shorter than a few vectors
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
        if 0 <= targets[r] < columns:
            out[targets[r]] -= 1
    loss = A[losses + first : losses + last]
    for i in range(len(loss)):
        loss[i] += log(sums[i])
