"""Matrix products against NumPy's in float64: all sizes, memory layouts, epilogues and splits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.engine.kernels.matrix_product.product import (
    CACHED_NUMBERS,
    PANEL_DEPTH,
    SPLITS,
    TALL,
    multiply,
    packed_size,
    scratch_size,
    split,
)

UNTOUCHED = 7.0
NOTHING_ELSE = -1, 0, -1, False
"""No addend, and no right matrix that is kept."""
SIZES = st.integers(1, 70)


def product(m, n, k, transposed, epilogue, split, ranks, dtype, *, claimed=False, gaps=(0, 0, 0)):
    """The result of `multiply`, and the expected one; the arena around it must stay unchanged.

    `gaps` are between the rows or columns of the factors, and between the rows of the result.
    """
    rng = np.random.default_rng(0)
    own_scratch = scratch_size(n, k, split, b_transposed=transposed[1])
    lines = [(m, k), (k, n), (m, n)]
    lines = [one[::-1] if t else one for one, t in zip(lines, (*transposed, False), strict=True)]
    widths = [length + gap for (_, length), gap in zip(lines, gaps, strict=True)]
    left_size, right_size, out_size = (
        count * width for (count, _), width in zip(lines, widths, strict=True)
    )
    sizes = [left_size, right_size, n, out_size, out_size + 64, ranks * own_scratch]
    a, b, bias, gate, c, scratch, end = np.cumsum([0, *sizes])
    A = rng.normal(size=end).astype(dtype)
    A[c:scratch] = UNTOUCHED
    operands = [
        A[at : at + size].astype(np.float64)
        for at, size in zip((a, b, bias, gate), sizes[:4], strict=True)
    ]
    left, right, gates = (
        x.reshape((-1, width))[:, :length]
        for x, width, (_, length) in zip(
            (operands[0], operands[1], operands[3]), widths, lines, strict=True
        )
    )
    left, right = (x.T if t else x for x, t in zip((left, right), transposed, strict=True))
    expected = left @ right
    add, relu, gated = epilogue
    if add:
        expected = expected + operands[2]
    if relu:
        expected = np.maximum(expected, 0)
    if gated:
        expected = np.where(gates > 0, expected, 0)
    offsets = bias if add else -1, relu, gate if gated else -1
    counter = np.zeros(2, np.int64)
    for rank in range(ranks):
        threads = rank, ranks, counter, 1 if claimed else 2
        own = scratch + rank * own_scratch
        multiply(
            A, a, b, c, m, n, k, *widths, *transposed, split, own, *offsets, *threads, *NOTHING_ELSE
        )
    result = A[c : c + out_size].reshape(m, widths[2])
    assert (result[:, n:] == UNTOUCHED).all()
    assert (A[c + out_size : scratch] == UNTOUCHED).all()
    return result[:, :n], expected


@settings(deadline=None)  # the first product compiles
@given(
    st.tuples(SIZES, SIZES, SIZES),
    st.tuples(st.booleans(), st.booleans()),
    st.tuples(st.booleans(), st.booleans(), st.booleans()),
    st.sampled_from(sorted(SPLITS.values())),
    st.integers(1, 3),
    st.sampled_from([np.float32, np.float64]),
    st.booleans(),
    st.tuples(*[st.sampled_from([0, 0, 1, 5, 40])] * 3),
)
def test_products(sizes, transposed, epilogue, split, ranks, dtype, claimed, gaps):
    found, expected = product(
        *sizes, transposed, epilogue, split, ranks, dtype, claimed=claimed, gaps=gaps
    )
    allowed = 50 * np.finfo(dtype).eps * np.sqrt(sizes[2])
    np.testing.assert_allclose(found, expected, rtol=0, atol=allowed)


@pytest.mark.parametrize("transposed", [(False, False), (True, True), (False, True)])
def test_a_long_inner_axis_is_processed_in_parts(transposed):
    epilogue = (True, True, False)
    found, expected = product(9, 21, 2 * PANEL_DEPTH + 5, transposed, epilogue, 0, 1, np.float64)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("transposed", [(False, False), (True, True), (False, True), (True, False)])
@pytest.mark.parametrize(
    "sizes", [(TALL + 3, 70, 40), (TALL, 5, CACHED_NUMBERS // 5 + 1), (TALL, 257, 513)]
)
def test_tall_products(sizes, transposed):
    """The right matrix stays in the cache, or its columns do not, or it has several deep panels."""
    m, n, k = sizes
    for ranks in (1, 2):
        how = split(m, n, k)
        found, expected = product(*sizes, transposed, (True, True, True), how, ranks, np.float32)
        allowed = 50 * np.finfo(np.float32).eps * np.sqrt(k)
        np.testing.assert_allclose(found, expected, rtol=0, atol=allowed)


@settings(deadline=None)
@given(
    st.tuples(SIZES, SIZES, SIZES),
    st.tuples(st.booleans(), st.booleans()),
    st.sampled_from(sorted(SPLITS.values())),
    st.integers(1, 3),
    st.booleans(),
    st.sampled_from([0, 5]),
)
def test_an_addend_and_a_right_matrix_that_is_kept(sizes, transposed, split, ranks, keep, gap):
    """A product that reads the packed matrix has the digits of one that reads the matrix."""
    m, n, k = sizes
    rng = np.random.default_rng(0)
    left, right, addend = (rng.normal(size=s) for s in ((m, k), (k, n), (m, n + gap)))
    stored = [x.T if t else x for x, t in zip((left, right), transposed, strict=True)]
    widths = [x.shape[1] for x in stored]
    packed = packed_size(m, n, k, split)
    scratch = scratch_size(n, k, split, b_transposed=transposed[1])
    a, b, c, d, scratch_at, kept, end = np.cumsum(
        [0, m * k, k * n, m * n, m * (n + gap), ranks * scratch, ranks * packed]
    )
    A = np.full(end, UNTOUCHED)
    for at, x in ((a, stored[0]), (b, stored[1]), (d, addend)):
        A[at : at + x.size] = x.reshape(-1)

    def multiplied(keep: bool, packs: bool) -> np.ndarray:
        A[c:d] = UNTOUCHED
        for rank in range(ranks):
            own = kept + rank * packed if keep else -1
            multiply(
                A, a, b, c, m, n, k, *widths, n, *transposed, split, scratch_at + rank * scratch,
                -1, True, -1, rank, ranks, np.zeros(1, np.int64), 1, d, n + gap, own, packs,
            )  # fmt: skip
        return A[c:d].reshape(m, n).copy()

    found = multiplied(False, False)
    expected = np.maximum(left @ right + addend[:, :n], 0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    if keep and packed:
        np.testing.assert_array_equal(multiplied(True, True), found)
        A[b:c] = np.nan
        np.testing.assert_array_equal(multiplied(True, False), found)


def test_choice_of_the_split():
    assert split(1024, 128, 784) == SPLITS["row_blocks"]
    assert split(1024, 512, 784) == SPLITS["rows"]  # the right matrix does not fit into the cache
    assert split(32, 1024, 64) == SPLITS["columns"]


@settings(deadline=None)
@given(st.tuples(SIZES, SIZES, SIZES), st.tuples(st.booleans(), st.booleans()), st.integers(2, 5))
def test_no_digit_depends_on_the_number_of_threads(sizes, transposed, ranks):
    epilogue = (True, False, False)
    for how in SPLITS.values():
        one_thread = product(*sizes, transposed, epilogue, how, 1, np.float32)[0]
        for claimed in (False, True):
            found, _ = product(
                *sizes, transposed, epilogue, how, ranks, np.float32, claimed=claimed
            )
            assert (found == one_thread).all()


def test_nan_passes_through_relu():
    A = np.zeros(100_000)
    A[0] = np.nan
    multiply(
        A,
        0,
        10,
        20,
        1,
        1,
        1,
        1,
        1,
        1,
        False,
        False,
        0,
        64,
        -1,
        True,
        -1,
        0,
        1,
        np.zeros(1, np.int64),
        1,
        *NOTHING_ELSE,
    )
    assert np.isnan(A[20])
