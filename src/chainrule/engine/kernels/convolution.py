"""Convolution and its gradients: products of weights and the windows of a block of positions.

The positions of windows have three axes.  A block is some rows of the last two, or a part of one
row, of one input.  Its windows are copied to a matrix with a row for each entry inside a window,
(D·K…, positions), which stays in the cache; the product has a row for each channel.

Windows that are one entry apart lie in memory as one range, for each entry inside a window, with
gaps from row to row where fewer windows fit than entries.  Then whole ranges are copied, gaps
included: what is computed for the gaps is left out, or multiplied by zeros.

Chetlur et al., "cuDNN: efficient primitives for deep learning", 2014.
"""

from __future__ import annotations

from chainrule.engine.jit.compile import inlined, inner
from chainrule.engine.kernels.matrix_product import (
    multiply_panel,
    multiply_panels,
    pack_panel,
    panel_width,
)
from chainrule.engine.kernels.window_rows import add_line, copy_line, copy_rows, shift_rows
from chainrule.engine.simd.intrinsics import lanes
from chainrule.engine.threads.work_sharing import share

__all__ = ["convolve", "input_gradient", "weight_gradient"]


@inner
def _gather(A, x, row, first, last, rows, width, pitch, length, to):
    """Copy a block's windows: rows `first` to `last` of the matrix, from A[x:] to A[to:]."""
    channel, k0, k1, k2, s1, s2, d0, d1, d2, whole = (
        row[7], row[8], row[9], row[10], row[12], row[13], row[14], row[15], row[16], row[19],
    )  # fmt: skip
    d, a, b, c = _entry(first, k0, k1, k2)
    for _ in range(first, last):
        at = x + d * channel + a * d0 + b * d1 + c * d2
        d, a, b, c = _following(d, a, b, c, k0, k1, k2)
        if whole:
            copy_line(A, to, at, length)
        else:
            if s2 == 1:
                copy_rows(A, at, s1, to, pitch, rows, width, width)
            else:
                for i in range(rows):
                    line = at + i * s1
                    for j in range(width):
                        A[to + i * pitch + j] = A[line + j * s2]
        to += length


@inlined
def _entry(p, k0, k1, k2):
    """The channel of entry p of a window, and the entry's place along three axes."""
    return p // (k0 * k1 * k2), p // (k1 * k2) % k0, p // k2 % k1, p % k2


@inlined
def _following(d, a, b, c, k0, k1, k2):
    """The channel and the place of the next entry, without a division."""
    c += 1
    if c == k2:
        c, b = 0, b + 1
        if b == k1:
            b, a = 0, a + 1
            if a == k0:
                a, d = 0, d + 1
    return d, a, b, c


@inner
def _gather_gradient(A, g, positions, channels, o2, rows, width, pitch, length, to):
    """Copy a block of the upstream gradient to a matrix (H, positions), with zeros in gaps."""
    for h in range(channels):
        at, into = g + h * positions, to + h * length
        if rows > 1:
            copy_rows(A, at, o2, into, pitch, rows - 1, width, pitch)
        last = rows - 1
        copy_rows(A, at + last * o2, o2, into + last * pitch, pitch, 1, width, width)


@inner
def convolve(A, x, weight, bias, out, row, relu, scratch, rank, ranks):
    """y = weight · windows, + bias, then ReLU; y is (B, H, positions).

    Threads share the blocks of all inputs.
    """
    batch, depth, channels, o0, o1, o2, input_distance = (
        row[0], row[1], row[2], row[3], row[4], row[5], row[6],
    )  # fmt: skip
    s0, s1, s2, whole = row[11], row[12], row[13], row[19]
    most_rows, most_width, longest = row[17], row[18], row[20]
    down, across = (o1 + most_rows - 1) // most_rows, (o2 + most_width - 1) // most_width
    blocks, none = o0 * down * across, A.dtype.type(0)
    sums = scratch + depth * longest
    pack = sums + channels * longest
    first, last = share(batch * blocks, 1, rank, ranks)
    for unit in range(first, last):
        b, block = unit // blocks, unit % blocks
        i0, i1 = block // (down * across), block // across % down * most_rows
        i2 = block % across * most_width
        rows, width = min(most_rows, o1 - i1), min(most_width, o2 - i2)
        pitch = s1 if whole else width
        length = (rows - 1) * pitch + width
        at = x + b * input_distance + i0 * s0 + i1 * s1 + i2 * s2
        _gather(A, at, row, 0, depth, rows, width, pitch, length, scratch)
        multiply_panels(A, weight, scratch, sums, channels, length, depth, depth, 1, length, length,
                        False, pack, -1, False, -1, -1, 0, -1, False)  # fmt: skip
        for h in range(channels):
            shift = A[bias + h] if bias >= 0 else none
            target = out + (((b * channels + h) * o0 + i0) * o1 + i1) * o2 + i2
            shift_rows(A, sums + h * length, pitch, target, o2, rows, width, shift, relu)


@inner
def input_gradient(A, g, weight, out, entries, row, scratch, rank, ranks):
    """∂L/∂x: the products weightᵀ · g, added to the windows of x, (B, `entries`).

    Threads share the inputs of the batch.
    """
    batch, depth, channels, o0, o1, o2, input_distance = (
        row[0], row[1], row[2], row[3], row[4], row[5], row[6],
    )  # fmt: skip
    s0, s1, s2, whole = row[11], row[12], row[13], row[19]
    most_rows, most_width, longest = row[17], row[18], row[20]
    positions, zero = o0 * o1 * o2, A.dtype.type(0)
    upstream = scratch + depth * longest
    pack = upstream + channels * longest
    first, last = share(batch, 1, rank, ranks)
    for b in range(first, last):
        start = out + b * input_distance
        for i in range(entries):
            A[start + i] = zero
        for i0 in range(o0):
            for i1 in range(0, o1, most_rows):
                for i2 in range(0, o2, most_width):
                    rows, width = min(most_rows, o1 - i1), min(most_width, o2 - i2)
                    pitch = s1 if whole else width
                    length = (rows - 1) * pitch + width
                    at = g + b * channels * positions + (i0 * o1 + i1) * o2 + i2
                    _gather_gradient(A, at, positions, channels, o2, rows, width, pitch, length,
                                     upstream)  # fmt: skip
                    multiply_panels(A, weight, upstream, scratch, depth, length, channels, 1, depth,
                                    length, length, False, pack, -1, False, -1, -1, 0, -1,
                                    False)  # fmt: skip
                    at = start + i0 * s0 + i1 * s1 + i2 * s2
                    _scatter(A, at, row, depth, rows, width, pitch, length, scratch)


@inner
def _scatter(A, x, row, depth, rows, width, pitch, length, source):
    """Add the rows of a matrix (D·K…, positions) to a block's windows: see `_gather`."""
    channel, k0, k1, k2, s1, s2, d0, d1, d2, whole = (
        row[7], row[8], row[9], row[10], row[12], row[13], row[14], row[15], row[16], row[19],
    )  # fmt: skip
    d, a, b, c = 0, 0, 0, 0
    for _ in range(depth):
        at = x + d * channel + a * d0 + b * d1 + c * d2
        d, a, b, c = _following(d, a, b, c, k0, k1, k2)
        if whole:
            add_line(A, at, source, length)
        else:
            for i in range(rows):
                line = at + i * s1
                for j in range(width):
                    A[line + j * s2] += A[source + i * pitch + j]
        source += length


@inner
def weight_gradient(A, x, g, out, row, scratch, rank, ranks):
    """∂L/∂weight (H, D·K…): the products of the upstream gradient and the windows, summed.

    Threads share the entries inside windows, the columns of the result.
    """
    batch, depth, channels, o0, o1, o2, input_distance = (
        row[0], row[1], row[2], row[3], row[4], row[5], row[6],
    )  # fmt: skip
    s0, s1, s2, whole = row[11], row[12], row[13], row[19]
    most_rows, most_width, longest = row[17], row[18], row[20]
    positions = o0 * o1 * o2
    upstream = scratch + depth * longest
    pack = upstream + channels * longest
    sums = pack + longest * 2 * lanes(A)
    first, last = share(depth, 8, rank, ranks)
    if first == last:
        return
    more = False
    for b in range(batch):
        for i0 in range(o0):
            for i1 in range(0, o1, most_rows):
                for i2 in range(0, o2, most_width):
                    rows, width = min(most_rows, o1 - i1), min(most_width, o2 - i2)
                    pitch = s1 if whole else width
                    length = (rows - 1) * pitch + width
                    at = x + b * input_distance + i0 * s0 + i1 * s1 + i2 * s2
                    _gather(A, at, row, first, last, rows, width, pitch, length, scratch)
                    at = g + b * channels * positions + (i0 * o1 + i1) * o2 + i2
                    _gather_gradient(A, at, positions, channels, o2, rows, width, pitch, length,
                                     upstream)  # fmt: skip
                    for j in range(0, channels, 2 * lanes(A)):
                        columns = min(2 * lanes(A), channels - j)
                        pack_panel(A, upstream, length, True, 0, length, j, columns, pack)
                        multiply_panel(A, scratch, length, 1, pack, panel_width(A, columns), length,
                                       sums + j, channels, columns, last - first,
                                       sums + j if more else -1, channels, -1, False, -1,
                                       scratch, 0)  # fmt: skip
                    more = True
    for h in range(channels):
        for p in range(first, last):
            A[out + h * depth + p] = A[sums + (p - first) * channels + h]
