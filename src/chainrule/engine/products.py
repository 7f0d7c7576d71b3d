"""Matrix products, a tile of the result at a time."""

from __future__ import annotations

from chainrule.engine.compile import compiled
from chainrule.engine.opcodes import SPLITS
from chainrule.engine.team import share
from chainrule.engine.tiles import packed, tile, transpose
from chainrule.engine.vectors import lanes

__all__ = ["DEPTH", "multiply"]

COLUMNS = SPLITS["columns"]

DEPTH = 1024
"""How much of the inner axis is done at once: so long a panel fits into the second-level cache."""

FEW = 3
"""Up to this many rows, a product with a turned matrix is made of inner products."""

tile8, tile4, tile2, tile1 = (tile(rows, 2) for rows in (8, 4, 2, 1))
pack, pack_thin = packed(2), packed(1)
thin8, thin4, thin2, thin1 = (tile(rows, 1) for rows in (8, 4, 2, 1))


@compiled
def multiply(
    A, a, b, c, m, n, k, a_turned, b_turned, split, scratch, bias, relu, gate, rank, ranks
):
    """C (m×n) = A·B for A (m×k) and B (k×n), each lying by rows or, turned, by columns.

    Then, where their places are not below 0, A[bias:] is added to each row, and what is not where
    A[gate:] is positive becomes 0; with `relu` negative numbers do.  A team splits the rows of C,
    or its columns where `split` says so.
    """
    left, right, out, rows, columns = a, b, c, m, n
    if split == COLUMNS:
        first, last = share(n, lanes(A), rank, ranks)
        columns = last - first
        right, out = b + (first * k if b_turned else first), c + first
        bias, gate = _moved(bias, first), _moved(gate, first)
    else:
        first, last = share(m, 8, rank, ranks)
        rows = last - first
        left, out = a + (first if a_turned else first * k), c + first * n
        gate = _moved(gate, first * n)
    row, step = (1, m) if a_turned else (k, 1)
    if b_turned and m <= FEW and step == 1:
        _inner(A, left, right, out, rows, columns, k, row, n, bias, relu, gate)
    else:
        _tiled(A, left, right, out, rows, columns, k, row, step, k if b_turned else n, n, b_turned,
               scratch, bias, relu, gate)  # fmt: skip


@compiled
def _moved(place, by):
    return place + by if place >= 0 else place


@compiled
def _tiled(A, a, b, c, m, n, k, row, step, other, distance, b_turned, scratch,
           bias, relu, gate):  # fmt: skip
    """A panel of columns at a time: copied so that it lies together, then used for all rows."""
    size = lanes(A)
    for low in range(0, k, DEPTH):
        depth = min(DEPTH, k - low)
        last = low + depth == k
        j = 0
        while j < n:
            thin = n - j <= size
            width = size if thin else 2 * size
            columns = min(width, n - j)
            if b_turned:
                _turned(A, b + j * other + low, other, depth, columns, width, scratch)
            elif thin:
                pack_thin(A, b + low * other + j, other, depth, columns, scratch)
            else:
                pack(A, b + low * other + j, other, depth, columns, scratch)
            _down(A, a + low * step, row, step, scratch, depth, c + j, distance, columns, m, thin,
                  low > 0, _moved(bias, j) if last else -1, relu and last,
                  _moved(gate, j) if last else -1)  # fmt: skip
            j += width


@compiled
def _down(A, a, row, step, b, k, c, distance, columns, m, thin, more, bias, relu, gate):
    """All rows of the result, for one panel."""
    i = 0
    while i < m:
        left, out = a + i * row, c + i * distance
        there = gate + i * distance if gate >= 0 else gate
        if thin:
            if m - i >= 8:
                thin8(A, left, row, step, b, k, out, distance, columns, more, bias, relu, there)
            elif m - i >= 4:
                thin4(A, left, row, step, b, k, out, distance, columns, more, bias, relu, there)
            elif m - i >= 2:
                thin2(A, left, row, step, b, k, out, distance, columns, more, bias, relu, there)
            else:
                thin1(A, left, row, step, b, k, out, distance, columns, more, bias, relu, there)
        else:
            if m - i >= 8:
                tile8(A, left, row, step, b, k, out, distance, columns, more, bias, relu, there)
            elif m - i >= 4:
                tile4(A, left, row, step, b, k, out, distance, columns, more, bias, relu, there)
            elif m - i >= 2:
                tile2(A, left, row, step, b, k, out, distance, columns, more, bias, relu, there)
            else:
                tile1(A, left, row, step, b, k, out, distance, columns, more, bias, relu, there)
        i += 8 if m - i >= 8 else 4 if m - i >= 4 else 2 if m - i >= 2 else 1


@compiled
def _turned(A, b, other, k, columns, width, scratch):
    """Copy k rows of some columns of a matrix that lies by columns, a square at a time."""
    size = lanes(A)
    for j in range(0, columns, size):
        rows = min(size, columns - j)
        if k < size:
            for p in range(k):
                for i in range(rows):
                    A[scratch + p * width + j + i] = A[b + (j + i) * other + p]
        else:
            for p in range(0, k - size + 1, size):
                transpose(A, b + j * other + p, other, rows, scratch + p * width + j, width)
            p = k - size  # the last square may do over what one before it did
            transpose(A, b + j * other + p, other, rows, scratch + p * width + j, width)


@compiled
def _inner(A, a, b, c, m, n, k, row, distance, bias, relu, gate):
    """Inner products of rows of both matrices."""
    zero = A.dtype.type(0)
    for i in range(m):
        left = A[a + i * row : a + i * row + k]
        for j in range(n):
            right, total = A[b + j * k : b + (j + 1) * k], A.dtype.type(0)
            for p in range(k):
                total += left[p] * right[p]
            if bias >= 0:
                total += A[bias + j]
            if (relu and total <= zero) or (gate >= 0 and not A[gate + i * distance + j] > zero):
                total = zero
            A[c + i * distance + j] = total
