"""Matrix products, a tile of the result at a time."""

from __future__ import annotations

from chainrule.engine.jit.compile import compiled, inner
from chainrule.engine.kernels.matrix_tiles import packed, tile, transpose
from chainrule.engine.opcodes import SPLITS
from chainrule.engine.simd.intrinsics import lanes
from chainrule.engine.threads.barrier import claim, share

__all__ = ["DEPTH", "MANY", "NEAR", "multiply", "scratch_size", "split"]

COLUMNS, PIECES = SPLITS["columns"], SPLITS["pieces"]

HEIGHT, WIDTH = 8, 32
"""Rows and columns of a tile, at most."""

PIECE = 2 * HEIGHT
"""Rows of a piece."""

DEPTH = 1024
"""How much of the inner axis is done at once: so long a panel fits into the second-level cache."""

MANY = 256
"""Rows from which on a matrix counts as high."""

NEAR = 1 << 17
"""Numbers that stay in the second-level cache."""

FEW = 3
"""Up to this many rows, a product with a transposed matrix is made of inner products, and one with a
matrix that lies by rows of broad tiles: little is multiplied, and much is read once."""

BROAD = 8
"""Vectors of a broad tile."""


def split(m: int, n: int, k: int) -> int:
    """What a team splits: rows of the result, or columns where that saves each much reading.

    Rows lie together, and with them the parameters that the same thread goes on to change.
    """
    if m >= MANY and k <= DEPTH and k * n <= NEAR:
        return PIECES
    rows, columns, whole = n * k + m * k / 2, m * k + n * k / 2, m * k + n * k + m * n
    return COLUMNS if rows - columns > whole / 5 and n >= WIDTH else SPLITS["rows"]


def scratch_size(n: int, k: int, split: int, *, b_transposed: bool) -> int:
    """Numbers of scratch memory that `multiply` needs for each thread."""
    panels = -(-n // WIDTH) if b_transposed and split == PIECES else 1
    return min(k, DEPTH) * WIDTH * panels


tile8, tile4, tile2, tile1 = (tile(rows, 2) for rows in (8, 4, 2, 1))
broad2, broad1 = (tile(rows, BROAD) for rows in (2, 1))
pack, pack_thin = packed(2), packed(1)
thin8, thin4, thin2, thin1 = (tile(rows, 1) for rows in (8, 4, 2, 1))


@compiled
def multiply(
    A, a, b, c, m, n, k, a_transposed, b_transposed, split, scratch, bias, relu, gate, rank, ranks,
    counter, at,
):  # fmt: skip
    """C (m×n) = A·B for A (m×k) and B (k×n), each lying by rows or, transposed, by columns.

    Then, where their places are not below 0, A[bias:] is added to each row, and what is not where
    A[gate:] is positive becomes 0; with `relu` negative numbers do.  A team splits the rows of C,
    or its columns, or takes it in pieces that are claimed by counter[at]: as `split` says.
    """
    if split == PIECES:
        row, step = (1, m) if a_transposed else (k, 1)
        _in_pieces(A, a, b, c, m, n, k, row, step, b_transposed, scratch, bias, relu, gate,
                   rank, ranks, counter, at)  # fmt: skip
        return
    left, right, out, rows, columns = a, b, c, m, n
    if split == COLUMNS:
        first, last = share(n, lanes(A), rank, ranks)
        columns = last - first
        right, out = b + (first * k if b_transposed else first), c + first
        bias, gate = _moved(bias, first), _moved(gate, first)
    else:
        first, last = share(m, HEIGHT, rank, ranks)
        rows = last - first
        left, out = a + (first if a_transposed else first * k), c + first * n
        gate = _moved(gate, first * n)
    row, step = (1, m) if a_transposed else (k, 1)
    if b_transposed and m <= FEW and step == 1:
        _inner(A, left, right, out, rows, columns, k, row, n, bias, relu, gate)
    else:
        _tiled(A, left, right, out, rows, columns, k, row, step, k if b_transposed else n, n, b_transposed,
               scratch, bias, relu, gate)  # fmt: skip


@inner
def _far(m, n, k):
    """Whether what is read of a right matrix is gone from the caches before it is read again."""
    return m >= MANY and k * n > NEAR


@inner
def _moved(place, by):
    return place + by if place >= 0 else place


@inner
def _tiled(A, a, b, c, m, n, k, row, step, other, distance, b_transposed, scratch,
           bias, relu, gate):  # fmt: skip
    """A panel of columns at a time: copied so that it lies together, then used for all rows."""
    wide, copied = 2 * lanes(A), b_transposed or _far(m, n, k)
    broad = 0 if copied or m > FEW else BROAD * lanes(A)
    for low in range(0, k, DEPTH):
        depth = min(DEPTH, k - low)
        last = low + depth == k
        j = 0
        while j < n:
            columns = broad if 0 < broad <= n - j else min(wide, n - j)
            right, line = b + low * other + j, other
            if copied or columns < wide:
                right, line = scratch, _width(A, columns)
                _copy(A, b, other, b_transposed, low, depth, j, columns, scratch)
            _down(A, a + low * step, row, step, right, line, depth, c + j, distance, columns, m,
                  low > 0, _moved(bias, j) if last else -1, relu and last,
                  _moved(gate, j) if last else -1, a, 0)  # fmt: skip
            j += columns


@inner
def _in_pieces(A, a, b, c, m, n, k, row, step, b_transposed, scratch, bias, relu, gate,
               rank, ranks, counter, at):  # fmt: skip
    """All columns are made for some rows at a time: each row is read from afar once.

    Threads claim pieces, so that one that began late, or was held up, has less to do.  They do so
    a piece in advance, which is announced a little at each step along the inner axis.
    """
    wide, other = 2 * lanes(A), k if b_transposed else n
    whole = 0 if b_transposed else n // wide * wide
    for j in range(whole, n, wide):
        _copy(A, b, other, b_transposed, 0, k, j, min(wide, n - j), scratch + (j - whole) * k)
    pieces, panels = (m + PIECE - 1) // PIECE, (n + wide - 1) // wide
    own, last = share(pieces, 1, rank, ranks)
    following = own + 1
    claimed = ranks > 1 and at < len(counter)
    if claimed:
        own, following, last = claim(counter, at), claim(counter, at), pieces
    pace = max(1, HEIGHT // panels)
    while own < last:
        i, ahead = own * PIECE, a + following * PIECE * row
        rows = min(PIECE, m - i)
        for j in range(0, n, wide):
            columns = min(wide, n - j)
            right, line = b + j, n
            if j >= whole:
                right, line = scratch + (j - whole) * k, _width(A, columns)
            fetched = pace if step == 1 and j < HEIGHT * wide else 0
            _down(A, a + i * row, row, step, right, line, k, c + i * n + j, n, columns, rows, False,
                  _moved(bias, j), relu, _moved(gate, i * n + j), ahead, fetched)  # fmt: skip
            ahead += PIECE // HEIGHT * pace * k
        own, following = following, claim(counter, at) if claimed else following + 1


@inner
def _width(A, columns):
    """How far apart the rows of copied columns lie."""
    return lanes(A) if columns <= lanes(A) else 2 * lanes(A)


@inner
def _copy(A, b, other, b_transposed, low, depth, j, columns, scratch):
    """Copy some columns of B from row `low` on, its rows as wide as one vector or two."""
    width = _width(A, columns)
    if b_transposed:
        _transposed(A, b + j * other + low, other, depth, columns, width, scratch)
    elif width == lanes(A):
        pack_thin(A, b + low * other + j, other, depth, columns, scratch)
    else:
        pack(A, b + low * other + j, other, depth, columns, scratch)


@inner
def _down(A, a, row, step, b, line, k, c, distance, columns, m, more, bias, relu, gate,
          ahead, pace):  # fmt: skip
    """All rows of the result, for one panel; each tile announces pace·k numbers from `ahead` on."""
    i, thin, right, soon = 0, columns <= lanes(A), (b, line, k), (ahead, pace)
    while i < m:
        left, out = (a + i * row, row, step), (c + i * distance, distance, columns)
        epilogue = (more, bias, relu, _moved(gate, i * distance))
        if columns > 2 * lanes(A):
            if m - i >= 2:
                broad2(A, left, right, out, epilogue, soon)
            else:
                broad1(A, left, right, out, epilogue, soon)
        elif thin:
            if m - i >= 8:
                thin8(A, left, right, out, epilogue, soon)
            elif m - i >= 4:
                thin4(A, left, right, out, epilogue, soon)
            elif m - i >= 2:
                thin2(A, left, right, out, epilogue, soon)
            else:
                thin1(A, left, right, out, epilogue, soon)
        else:
            if m - i >= 8:
                tile8(A, left, right, out, epilogue, soon)
            elif m - i >= 4:
                tile4(A, left, right, out, epilogue, soon)
            elif m - i >= 2:
                tile2(A, left, right, out, epilogue, soon)
            else:
                tile1(A, left, right, out, epilogue, soon)
        i += 8 if m - i >= 8 else 4 if m - i >= 4 else 2 if m - i >= 2 else 1
        soon = (soon[0] + pace * k, pace)


@inner
def _transposed(A, b, other, k, columns, width, scratch):
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
