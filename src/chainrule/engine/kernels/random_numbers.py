"""Uniform random numbers, each a function of seed, counter and index."""

from __future__ import annotations

import numpy as np

from chainrule.engine.jit.compile import inner
from chainrule.engine.threads.work_sharing import share

__all__ = ["uniform"]


@inner
def _mix(state):
    """The output function of SplitMix64."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


@inner
def uniform(A, counter, seed, o, n, rank, ranks):
    """Numbers in [0, 1), by the same arithmetic as the value of the primitive `uniform`."""
    golden = np.uint64(0x9E3779B97F4A7C15)
    stream = _mix(np.uint64(seed) * golden + np.uint64(counter))
    scale = A.dtype.type(1.0 / (1 << 24))
    out = A[o : o + n]
    first, last = share(n, 16, rank, ranks)
    for i in range(first, last):
        bits = _mix(stream + np.uint64(i + 1) * golden) >> np.uint64(40)
        out[i] = A.dtype.type(bits) * scale
