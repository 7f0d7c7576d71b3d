"""Matrix products with an epilogue, a tile of the result at a time."""

from __future__ import annotations

from chainrule.engine.jit.compile import compiled, inner
from chainrule.engine.kernels.matrix_product.packing import pack_panel, panel_width
from chainrule.engine.kernels.matrix_product.tiles import tile
from chainrule.engine.simd.intrinsics import lanes
from chainrule.engine.threads.atomics import fetch_add
from chainrule.engine.threads.row_share import SHARED_ROWS
from chainrule.engine.threads.work_sharing import share

__all__: list[str] = ["CACHED_NUMBERS", "PANEL_DEPTH", "SPLITS", "TALL", "TILE_COLUMNS", "advance"]
__all__ += ["multiply", "multiply_panel", "multiply_panels", "packed_size", "scratch_size", "split"]

SPLITS = {"rows": 0, "columns": 1, "row_blocks": 2}
"""How threads divide a matrix product: by rows or columns of the result, in equal shares, or by
blocks of rows that each thread claims when it is free."""
COLUMNS, ROW_BLOCKS = SPLITS["columns"], SPLITS["row_blocks"]

TILE_ROWS, TILE_COLUMNS = 8, 32
"""Rows and columns of a tile, at most."""

BLOCK_ROWS = 2 * TILE_ROWS
"""Rows of a block that a thread claims."""

PANEL_DEPTH = 1024
"""Length of the inner axis that is processed at once: such a panel fits into the L2 cache."""

TALL = 256
"""A matrix of at least this many rows counts as tall."""

CACHED_NUMBERS = 1 << 17
"""How many numbers stay in the L2 cache."""

FEW_ROWS = 3
"""Products of at most this many rows have kernels of their own.

They compute inner products if the right matrix is transposed, else broad tiles: there is little to
multiply, and a whole matrix to read once.
"""

BROAD_VECTORS = 8
"""Vectors of a broad tile."""


def split(m: int, n: int, k: int, *, repeated: bool = False) -> int:
    """How threads divide a product (m×k)·(k×n): a number of `SPLITS`.

    By rows of the result, unless splitting columns saves each thread much reading.  Rows are
    contiguous, and so are the parameters that the same thread goes on to update.  A right factor
    that a `repeated` product has each time stays in the cache of each thread.
    """
    if m >= TALL and k <= PANEL_DEPTH and k * n <= CACHED_NUMBERS:
        return ROW_BLOCKS
    if repeated and k * n <= CACHED_NUMBERS and m >= 2 * TILE_ROWS:
        return SPLITS["rows"]
    rows, columns, whole = n * k + m * k / 2, m * k + n * k / 2, m * k + n * k + m * n
    return COLUMNS if rows - columns > whole / 5 and n >= TILE_COLUMNS else SPLITS["rows"]


def scratch_size(n: int, k: int, split: int, *, b_transposed: bool) -> int:
    """Numbers of scratch memory that `multiply` needs for each thread."""
    panels = -(-n // TILE_COLUMNS) if b_transposed and split == ROW_BLOCKS else 1
    return min(k, PANEL_DEPTH) * TILE_COLUMNS * panels


def packed_size(m: int, n: int, k: int, split: int) -> int:
    """Numbers of memory in which a packed right matrix is kept; 0 if `multiply` cannot keep it."""
    if m <= FEW_ROWS or k > PANEL_DEPTH or split == ROW_BLOCKS:
        return 0
    return -(-n // TILE_COLUMNS) * TILE_COLUMNS * k


tile8, tile4, tile2, tile1 = (tile(rows, 2) for rows in (8, 4, 2, 1))
broad2, broad1 = (tile(rows, BROAD_VECTORS) for rows in (2, 1))
thin8, thin4, thin2, thin1 = (tile(rows, 1) for rows in (8, 4, 2, 1))


@compiled
def multiply(
    A, a, b, c, m, n, k, a_distance, b_distance, c_distance, a_transposed, b_transposed, split,
    scratch, bias, relu, gate, rank, ranks, counter, claim, addend, addend_distance, kept, packs,
):  # fmt: skip
    """C (m×n) = A·B for A (m×k) and B (k×n), each row-major or, transposed, column-major.

    The rows or, transposed, columns of each matrix are at a distance, which is the number of its
    columns or rows if nothing is between them.  The gate has the distance of C.

    The epilogue adds the matrix A[addend:], with rows at a distance, and A[bias:] to each row, then
    replaces negative numbers by 0 if `relu`, and sets entries to 0 where those of A[gate:] are not
    positive.  A negative offset omits its part.

    With an offset `kept`, B is read from memory of this thread in which it was packed before, or
    is packed now if this one `packs`.

    Threads divide C by rows, columns or blocks of rows, as `split` says; they claim blocks by means
    of counter[claim].
    """
    row, step = (1, a_distance) if a_transposed else (a_distance, 1)
    if split == ROW_BLOCKS:
        _multiply_row_blocks(A, a, b, c, m, n, k, row, step, b_distance, c_distance, b_transposed,
                             scratch, bias, relu, gate, rank, ranks, counter, claim, addend,
                             addend_distance)  # fmt: skip
        return
    left, right, out, rows, columns = a, b, c, m, n
    if split == COLUMNS:
        first, last = share(n, lanes(A), rank, ranks)
        columns = last - first
        right, out = b + (first * b_distance if b_transposed else first), c + first
        bias, gate, addend = advance(bias, first), advance(gate, first), advance(addend, first)
    else:
        first, last = share(m, SHARED_ROWS, rank, ranks)
        rows = last - first
        left, out = a + first * row, c + first * c_distance
        gate, addend = advance(gate, first * c_distance), advance(addend, first * addend_distance)
    if b_transposed and m <= FEW_ROWS and step == 1:
        _multiply_by_inner_products(A, left, right, out, rows, columns, k, row, b_distance,
                                    c_distance, bias, relu, gate, addend,
                                    addend_distance)  # fmt: skip
    else:
        multiply_panels(A, left, right, out, rows, columns, k, row, step, b_distance, c_distance,
                        b_transposed, scratch, bias, relu, gate, addend, addend_distance, kept,
                        packs)  # fmt: skip


@inner
def _leaves_cache(m, n, k):
    """Whether the right matrix has left the caches by the time it is read again."""
    return m >= TALL and k * n > CACHED_NUMBERS


@inner
def advance(offset, by):
    """An offset increased by `by`; unchanged if it is negative, since the operand is absent."""
    return offset + by if offset >= 0 else offset


@inner
def multiply_panels(A, a, b, c, m, n, k, row, step, stride, distance, b_transposed, scratch,
                    bias, relu, gate, addend, addend_distance, kept, packs):  # fmt: skip
    """Multiply by one panel of columns of the right matrix at a time, packed if that pays off."""
    wide, packed = 2 * lanes(A), b_transposed or kept >= 0 or _leaves_cache(m, n, k)
    broad = 0 if packed or m > FEW_ROWS else BROAD_VECTORS * lanes(A)
    for low in range(0, k, PANEL_DEPTH):
        depth = min(PANEL_DEPTH, k - low)
        last = low + depth == k
        j = 0
        while j < n:
            columns = broad if 0 < broad <= n - j else min(wide, n - j)
            right, line = b + low * stride + j, stride
            if packed or columns < wide:
                right, line = kept + j * k if kept >= 0 else scratch, panel_width(A, columns)
                if kept < 0 or packs:
                    pack_panel(A, b, stride, b_transposed, low, depth, j, columns, right)
            added, added_distance = advance(addend, j), addend_distance
            if low > 0:
                added, added_distance = c + j, distance
            multiply_panel(A, a + low * step, row, step, right, line, depth, c + j, distance,
                           columns, m, added, added_distance, advance(bias, j) if last else -1,
                           relu and last, advance(gate, j) if last else -1, a, 0)  # fmt: skip
            j += columns


@inner
def _multiply_row_blocks(A, a, b, c, m, n, k, row, step, stride, distance, b_transposed, scratch,
                         bias, relu, gate, rank, ranks, counter, claim, addend,
                         addend_distance):  # fmt: skip
    """Compute all columns for a block of rows at a time: each row is read from main memory once.

    Threads claim blocks, so that one that began late or was interrupted has less to do.  They claim
    one block ahead, and prefetch a little of it at each step along the inner axis.
    """
    wide = 2 * lanes(A)
    unpacked = 0 if b_transposed else n // wide * wide
    for j in range(unpacked, n, wide):
        columns = min(wide, n - j)
        pack_panel(A, b, stride, b_transposed, 0, k, j, columns, scratch + (j - unpacked) * k)
    blocks, panels = (m + BLOCK_ROWS - 1) // BLOCK_ROWS, (n + wide - 1) // wide
    block, last = share(blocks, 1, rank, ranks)
    following = block + 1
    claimed = ranks > 1 and claim < len(counter)
    if claimed:
        block, following, last = fetch_add(counter, claim), fetch_add(counter, claim), blocks
    pace = max(1, TILE_ROWS // panels)
    while block < last:
        i, ahead = block * BLOCK_ROWS, a + following * BLOCK_ROWS * row
        rows = min(BLOCK_ROWS, m - i)
        for j in range(0, n, wide):
            columns = min(wide, n - j)
            right, line = b + j, stride
            if j >= unpacked:
                right, line = scratch + (j - unpacked) * k, panel_width(A, columns)
            prefetched = pace if step == 1 and j < TILE_ROWS * wide else 0
            multiply_panel(A, a + i * row, row, step, right, line, k, c + i * distance + j,
                           distance, columns, rows,
                           advance(addend, i * addend_distance + j), addend_distance,
                           advance(bias, j), relu,
                           advance(gate, i * distance + j), ahead, prefetched)  # fmt: skip
            ahead += BLOCK_ROWS // TILE_ROWS * pace * k
        block, following = following, fetch_add(counter, claim) if claimed else following + 1


@inner
def multiply_panel(A, a, row, step, b, line, k, c, distance, columns, m, added, added_distance,
                   bias, relu, gate, ahead, pace):  # fmt: skip
    """All rows of the result for one panel; each tile prefetches pace·k numbers from `ahead` on."""
    i, thin, right, soon = 0, columns <= lanes(A), (b, line, k), (ahead, pace)
    while i < m:
        left, out = (a + i * row, row, step), (c + i * distance, distance, columns)
        addend, gates = advance(added, i * added_distance), advance(gate, i * distance)
        epilogue = (addend, added_distance, bias, relu, gates)
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
def _multiply_by_inner_products(A, a, b, c, m, n, k, row, stride, distance, bias, relu, gate,
                                addend, addend_distance):  # fmt: skip
    """Each entry of the result as the inner product of a row of A and a column of B."""
    zero = A.dtype.type(0)
    for i in range(m):
        left = A[a + i * row : a + i * row + k]
        for j in range(n):
            right, total = A[b + j * stride : b + j * stride + k], A.dtype.type(0)
            for p in range(k):
                total += left[p] * right[p]
            if addend >= 0:
                total += A[addend + i * addend_distance + j]
            if bias >= 0:
                total += A[bias + j]
            if (relu and total <= zero) or (gate >= 0 and not A[gate + i * distance + j] > zero):
                total = zero
            A[c + i * distance + j] = total
