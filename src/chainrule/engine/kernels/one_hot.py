"""One-hot rows of labels."""

from __future__ import annotations

from chainrule.engine.jit.compile import inner
from chainrule.engine.threads.work_sharing import share

__all__ = ["one_hot"]


@inner
def one_hot(A, integers, labels, o, n, classes, rank, ranks):
    """A row for each label: 1 at its index, 0 elsewhere, and 0 everywhere if it is out of range."""
    out, indices = A[o : o + n * classes], integers[labels : labels + n]
    first, last = share(n, 4, rank, ranks)
    out[first * classes : last * classes] = 0
    for i in range(first, last):
        if 0 <= indices[i] < classes:
            out[i * classes + indices[i]] = 1
