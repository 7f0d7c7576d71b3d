"""Matrix products, a tile of the result at a time."""

from __future__ import annotations

from chainrule.engine.compile import compiled, inner
from chainrule.engine.opcodes import SPLITS
from chainrule.engine.team import claim, share
from chainrule.engine.tiles import packed, tile, transpose
from chainrule.engine.vectors import lanes

__all__ = ["DEPTH", "multiply"]

COLUMNS, PIECES = SPLITS["columns"], SPLITS["pieces"]

PIECE = 16
"""Rows of a piece."""

DEPTH = 1024
"""How much of the inner axis is done at once: so long a panel fits into the second-level cache."""

FEW = 3
"""Up to this many rows, a product with a turned matrix is made of inner products."""

tile8, tile4, tile2, tile1 = (tile(rows, 2) for rows in (8, 4, 2, 1))
pack, pack_thin = packed(2), packed(1)
thin8, thin4, thin2, thin1 = (tile(rows, 1) for rows in (8, 4, 2, 1))


@compiled
def multiply(
    A, a, b, c, m, n, k, a_turned, b_turned, split, scratch, bias, relu, gate, rank, ranks,
    counter, at,
):  # fmt: skip
    """C (m×n) = A·B for A (m×k) and B (k×n), each lying by rows or, turned, by columns.

    Then, where their places are not below 0, A[bias:] is added to each row, and what is not where
    A[gate:] is positive becomes 0; with `relu` negative numbers do.  A team splits the rows of C,
    or its columns, or takes it in pieces that are claimed by counter[at]: as `split` says.
    """
    if split == PIECES:
        row, step = (1, m) if a_turned else (k, 1)
        _in_pieces(A, a, b, c, m, n, k, row, step, b_turned, scratch, bias, relu, gate,
                   rank, ranks, counter, at)  # fmt: skip
        return
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


@inner
def _moved(place, by):
    return place + by if place >= 0 else place


@inner
def _tiled(A, a, b, c, m, n, k, row, step, other, distance, b_turned, scratch,
           bias, relu, gate):  # fmt: skip
    """A panel of columns at a time: copied so that it lies together, then used for all rows."""
    size = lanes(A)
    for low in range(0, k, DEPTH):
        depth = min(DEPTH, k - low)
        last = low + depth == k
        j = 0
        while j < n:
            columns = min(2 * size, n - j)
            _panel(A, b, other, b_turned, low, depth, j, columns, scratch)
            _down(A, a + low * step, row, step, scratch, depth, c + j, distance, columns, m,
                  low > 0, _moved(bias, j) if last else -1, relu and last,
                  _moved(gate, j) if last else -1)  # fmt: skip
            j += 2 * size


@inner
def _in_pieces(A, a, b, c, m, n, k, row, step, b_turned, scratch, bias, relu, gate,
               rank, ranks, counter, at):  # fmt: skip
    """All panels are copied, then used for some rows at a time: each row is read from afar once.

    Threads claim pieces, so that one that began late, or was held up, has less to do.
    """
    wide, other = 2 * lanes(A), k if b_turned else n
    for j in range(0, n, wide):
        _panel(A, b, other, b_turned, 0, k, j, min(wide, n - j), scratch + j * k)
    pieces = (m + PIECE - 1) // PIECE
    own, last = share(pieces, 1, rank, ranks)
    claimed = ranks > 1 and at < len(counter)
    if claimed:
        own, last = claim(counter, at), pieces
    while own < last:
        i = own * PIECE
        rows = min(PIECE, m - i)
        for j in range(0, n, wide):
            place = c + i * n + j
            there = gate + i * n + j if gate >= 0 else gate
            _down(A, a + i * row, row, step, scratch + j * k, k, place, n, min(wide, n - j), rows,
                  False, _moved(bias, j), relu, there)  # fmt: skip
        own = claim(counter, at) if claimed else own + 1


@inner
def _panel(A, b, other, b_turned, low, depth, j, columns, scratch):
    """Copy some columns of B, as wide as one vector or two, from row `low` on."""
    thin = columns <= lanes(A)
    if b_turned:
        width = lanes(A) if thin else 2 * lanes(A)
        _turned(A, b + j * other + low, other, depth, columns, width, scratch)
    elif thin:
        pack_thin(A, b + low * other + j, other, depth, columns, scratch)
    else:
        pack(A, b + low * other + j, other, depth, columns, scratch)


@inner
def _down(A, a, row, step, b, k, c, distance, columns, m, more, bias, relu, gate):
    """All rows of the result, for one panel."""
    i, thin = 0, columns <= lanes(A)
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


@inner
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


@inner
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
