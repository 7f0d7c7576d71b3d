"""Maxima of windows along three axes, and their gradient, a row of windows at a time."""

from __future__ import annotations

import numpy as np

from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.window_rows import larger_of_pairs, share_among_pairs
from chainrule.engine.threads.work_sharing import share

__all__ = ["maxima", "shared_gradient"]


@inner
def maxima(A, row, x, out, span, scratch, rank, ranks):
    """The maximum of each window: of its rows first, then of the entries that are left.

    A row of windows spans `span` numbers, if these are adjacent.
    """
    count, distance, o0, o1, o2, k0, k1, k2 = (
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7],
    )  # fmt: skip
    s0, s1, s2, d0, d1, d2 = row[8], row[9], row[10], row[11], row[12], row[13]
    if k0 == 1 and k1 == 2 and k2 == 2 and s2 == 2 and d2 == 1:
        first, last = share(count * o0, 1, rank, ranks)
        for unit in range(first, last):
            at = x + unit // o0 * distance + unit % o0 * s0
            larger_of_pairs(A, at, at + d1, s1, out + unit * o1 * o2, o1, o2)
        return
    first, last = share(count * o0 * o1, 1, rank, ranks)
    for unit in range(first, last):
        i, i0, i1 = unit // (o0 * o1), unit // o1 % o0, unit % o1
        at, to = x + i * distance + i0 * s0 + i1 * s1, out + unit * o2
        source = at
        if k0 * k1 > 1:
            line = A[scratch : scratch + span]
            begin = A[at : at + span]
            for j in range(span):
                line[j] = begin[j]
            for k in range(1, k0 * k1):
                start = at + k // k1 * d0 + k % k1 * d1
                other = A[start : start + span]
                for j in range(span):
                    line[j] = _larger(line[j], other[j])
            source = scratch
        for j in range(o2):
            A[to + j] = A[source + j * s2]
        for k in range(1, k2):
            start = source + k * d2
            for j in range(o2):
                A[to + j] = _larger(A[to + j], A[start + j * s2])


@inner
def _larger(x, y):
    """The larger one of two numbers; NaN if one is."""
    return y if y > x or y != y else x


@inner
def shared_gradient(A, row, scratch, rank, ranks):
    """The upstream gradient of each maximum, shared by the entries of its window that equal it.

    A window without such an entry, which has NaN, gets NaN.
    """
    count, distance, o0, o1, o2, k0, k1, k2 = (
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7],
    )  # fmt: skip
    s0, s1, s2, d0, d1, d2 = row[8], row[9], row[10], row[11], row[12], row[13]
    x, y, g, out, entries = row[14], row[15], row[16], row[17], row[18]
    t0, t1, t2, e0, e1, e2 = row[19], row[20], row[21], row[22], row[23], row[24]
    zero, one = A.dtype.type(0), A.dtype.type(1)
    shares = A[scratch : scratch + o2]
    squares = k0 == 1 and k1 == 2 and k2 == 2 and s2 == 2 and d2 == 1 and t2 == 2 and e2 == 1
    squares = squares and t1 >= e1 + 2 * o2 and e1 >= 2 * o2  # windows do not overlap
    first, last = share(count, 1, rank, ranks)
    for i in range(first, last):
        start = out + i * entries
        if not squares or 4 * o0 * o1 * o2 < entries:
            for j in range(entries):
                A[start + j] = zero
        if squares:
            for i0 in range(o0):
                source, target = x + i * distance + i0 * s0, start + i0 * t0
                at = (i * o0 + i0) * o1 * o2
                share_among_pairs(A, (source, source + d1, s1), y + at, g + at,
                                  (target, target + e1, t1), o1, o2)  # fmt: skip
            continue
        for r in range(o0 * o1):
            i0, i1 = r // o1, r % o1
            source = x + i * distance + i0 * s0 + i1 * s1
            target = start + i0 * t0 + i1 * t1
            at = (i * o0 * o1 + r) * o2
            largest, upstream = A[y + at : y + at + o2], A[g + at : g + at + o2]
            for j in range(o2):
                shares[j] = zero
            for k in range(k0 * k1):
                a = source + k // k1 * d0 + k % k1 * d1
                for c in range(k2):
                    for j in range(o2):
                        shares[j] += one if A[a + c * d2 + j * s2] == largest[j] else zero
            for j in range(o2):
                shares[j] = upstream[j] / shares[j] if shares[j] > zero else A.dtype.type(np.nan)
            for k in range(k0 * k1):
                a = source + k // k1 * d0 + k % k1 * d1
                b = target + k // k1 * e0 + k % k1 * e1
                for c in range(k2):
                    for j in range(o2):
                        z, m = shares[j], largest[j]
                        equal = A[a + c * d2 + j * s2] == m
                        A[b + c * e2 + j * t2] += z if equal or z != z else zero
