"""Matrix products against NumPy's in higher precision: all sizes, layouts, finishes and splits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.engine.kernels.matrix_product import DEPTH, MANY, NEAR, multiply, scratch_size, split
from chainrule.engine.opcodes import SPLITS

UNTOUCHED = 7.0
SIZES = st.integers(1, 70)


def product(m, n, k, transposed, epilogue, split, ranks, dtype, *, claimed=False):
    """What `multiply` makes, and what it should; the arena around the result stays as it was."""
    rng = np.random.default_rng(0)
    own = scratch_size(n, k, split, b_transposed=transposed[1])
    sizes = [m * k, k * n, n, m * n, m * n + 64, ranks * own]
    a, b, bias, gate, c, scratch, end = np.cumsum([0, *sizes])
    A = rng.normal(size=end).astype(dtype)
    A[c:scratch] = UNTOUCHED
    given = [
        A[at : at + size].astype(np.float64)
        for at, size in zip((a, b, bias, gate), sizes[:4], strict=True)
    ]
    left = given[0].reshape((k, m)).T if transposed[0] else given[0].reshape((m, k))
    right = given[1].reshape((n, k)).T if transposed[1] else given[1].reshape((k, n))
    expected = left @ right
    add, relu, gated = epilogue
    if add:
        expected = expected + given[2]
    if relu:
        expected = np.maximum(expected, 0)
    if gated:
        expected = np.where(given[3].reshape(m, n) > 0, expected, 0)
    places = bias if add else -1, relu, gate if gated else -1
    counter = np.zeros(2, np.int64)
    for rank in range(ranks):
        team = rank, ranks, counter, 1 if claimed else 2
        multiply(A, a, b, c, m, n, k, *transposed, split, scratch + rank * own, *places, *team)
    assert (A[c + m * n : scratch] == UNTOUCHED).all()
    return A[c : c + m * n].reshape(m, n), expected


@settings(deadline=None)  # the first product compiles
@given(
    st.tuples(SIZES, SIZES, SIZES),
    st.tuples(st.booleans(), st.booleans()),
    st.tuples(st.booleans(), st.booleans(), st.booleans()),
    st.sampled_from(sorted(SPLITS.values())),
    st.integers(1, 3),
    st.sampled_from([np.float32, np.float64]),
    st.booleans(),
)
def test_products(sizes, transposed, epilogue, split, ranks, dtype, claimed):
    found, expected = product(*sizes, transposed, epilogue, split, ranks, dtype, claimed=claimed)
    allowed = 50 * np.finfo(dtype).eps * np.sqrt(sizes[2])
    np.testing.assert_allclose(found, expected, rtol=0, atol=allowed)


@pytest.mark.parametrize("transposed", [(False, False), (True, True), (False, True)])
def test_a_long_inner_axis_is_done_in_parts(transposed):
    epilogue = (True, True, False)
    found, expected = product(9, 21, 2 * DEPTH + 5, transposed, epilogue, 0, 1, np.float64)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("transposed", [(False, False), (True, True), (False, True), (True, False)])
@pytest.mark.parametrize("sizes", [(MANY + 3, 70, 40), (MANY, 5, NEAR // 5 + 1), (MANY, 257, 513)])
def test_high_products(sizes, transposed):
    """Of a right matrix that stays in the cache, of columns that do not, of two panels and more."""
    m, n, k = sizes
    for ranks in (1, 2):
        made = split(m, n, k)
        found, expected = product(*sizes, transposed, (True, True, True), made, ranks, np.float32)
        allowed = 50 * np.finfo(np.float32).eps * np.sqrt(k)
        np.testing.assert_allclose(found, expected, rtol=0, atol=allowed)


def test_what_is_split():
    assert split(1024, 128, 784) == SPLITS["pieces"]
    assert split(1024, 512, 784) == SPLITS["rows"]  # the right matrix is too large to be read whole
    assert split(32, 1024, 64) == SPLITS["columns"]


@settings(deadline=None)
@given(st.tuples(SIZES, SIZES, SIZES), st.tuples(st.booleans(), st.booleans()), st.integers(2, 5))
def test_no_digit_depends_on_the_number_of_threads(sizes, transposed, ranks):
    epilogue = (True, False, False)
    for how in SPLITS.values():
        alone = product(*sizes, transposed, epilogue, how, 1, np.float32)[0]
        for claimed in (False, True):
            team = product(*sizes, transposed, epilogue, how, ranks, np.float32, claimed=claimed)[0]
            assert (team == alone).all()


def test_what_is_no_number_stays_none():
    A = np.zeros(100_000)
    A[0] = np.nan
    multiply(
        A, 0, 10, 20, 1, 1, 1, False, False, 0, 64, -1, True, -1, 0, 1, np.zeros(1, np.int64), 1
    )
    assert np.isnan(A[20])
