"""`convolve`: values are SciPy's, gradients those of differences."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

import chainrule as cr
from chainrule.errors import OptionError, ShapeError
from chainrule.scipy import signal

SHAPES = [
    ((5,), (3,)), ((3,), (5,)), ((4,), (4,)), ((1,), (1,)), ((4, 5), (2, 3)), ((4, 5), (4, 1)),
    ((3, 2, 4), (2, 2, 3)), ((2, 3, 2, 3), (1, 2, 2, 1)), ((), ()),
]  # fmt: skip


def numbers(shape, seed):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("mode", ["full", "valid", "same"])
@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("method", ["auto", "direct", "fft"])
def test_convolve(shapes, mode, method):
    x, y = (numbers(shape, i) for i, shape in enumerate(shapes))
    found = signal.convolve(cr.variable(x), y, mode, method)
    expected = scipy.signal.convolve(x, y, mode, method)
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(found.value, expected, rtol=1e-12, atol=1e-14)
    if method == "auto":
        cr.check_grad(lambda x, y: signal.convolve(x, y, mode=mode), x, y, order=2)


def test_dtypes():
    whole = signal.convolve(cr.variable([1, 2, 3]), [1, 1])
    assert whole.value.tolist() == [1, 3, 5, 3]
    x = np.ones(3, np.float32)
    value, (by_x, by_y) = cr.value_and_grad(
        lambda x, y: cr.sum(signal.convolve(x, y)), argnums=(0, 1)
    )(x, np.ones(2))
    assert by_x.dtype == np.float32
    assert by_y.dtype == np.float64
    assert value == 6


def test_plain_calls_are_scipys_own():
    assert type(signal.convolve([1.0], [2.0])) is np.ndarray
    assert signal.hilbert is not None


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda x: signal.convolve(x, [1.0], "half"), OptionError, "convolve mode: .*'half'"),
        (lambda x: signal.convolve(x, [1.0], method="slow"), OptionError, "convolve method"),
        (lambda x: signal.convolve(x, [[1.0]]), ShapeError, "equally many axes"),
        (lambda x: signal.convolve(x, []), ShapeError, "entries along each"),
        (lambda x: signal.fftconvolve(x, [1.0]), OptionError, "scipy.signal.fftconvolve: "),
    ],
)
def test_what_is_refused(call, error, says):
    with pytest.raises(error, match=says):
        call(cr.variable([1.0, 2.0]))
    with pytest.raises(ShapeError, match="at least as long"):
        signal.convolve(cr.variable(np.ones((2, 3))), np.ones((3, 2)), "valid")
