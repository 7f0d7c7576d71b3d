"""Signs, parts and choices of numbers, against NumPy's."""

from __future__ import annotations

import warnings

import mpmath
import numpy as np
import pytest

import chainrule as cr
import chainrule.numpy
from chainrule.errors import OptionError
from chainrule.graph import Evaluator
from ops.like_numpy import check_gradient, check_values

INF, NAN = np.inf, np.nan
X = np.array([[0.5, -1.5, 2.1], [1.6, 0.25, -0.75]])
Y = np.array([[1.5, -2.5, 1.0], [0.5, -0.35, -1.75]])
ODD = np.array([1.0, -1.0, 0.0, -0.0, INF, -INF, NAN, 2.5, -2.5])

ONE = {
    "positive": np.positive,
    "conjugate": np.conjugate,
    "conj": np.conj,
    "real": np.real,
    "imag": np.imag,
    "real_if_close": np.real_if_close,
    "angle": np.angle,
    "angle in degrees": lambda t: np.angle(t, deg=True),
    "absolute": np.absolute,
    "fabs": np.fabs,
    "modf": np.modf,
    "ldexp": lambda t: np.ldexp(t, [1, -2, 3]) if t.shape[-1:] == (3,) else np.ldexp(t, 3),
    "nan_to_num": np.nan_to_num,
    "nan_to_num, others": lambda t: np.nan_to_num(t, nan=1.0, posinf=2.0, neginf=3.0),
    "sinc": np.sinc,
    "fix": np.fix,
}

TWO = {
    "fmax": np.fmax,
    "fmin": np.fmin,
    "copysign": np.copysign,
    "heaviside": np.heaviside,
    "divmod": np.divmod,
    "float_power": lambda x, y: np.float_power(np.abs(x), y),
}


@pytest.mark.parametrize("name", ONE)
def test_functions_of_one_number(name):
    check_gradient(ONE[name], X)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        check_values(ONE[name], ODD)
        check_values(ONE[name], X.astype(np.float32))


@pytest.mark.parametrize("name", TWO)
def test_functions_of_two_numbers(name):
    check_gradient(TWO[name], X, Y)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        check_values(TWO[name], *np.meshgrid(ODD, ODD))
        check_values(TWO[name], X, 0.5)


def test_nan_and_what_replaces_it_get_no_gradient():
    found = cr.grad(lambda t: np.sum(np.nan_to_num(t) ** 2))(np.array([2.0, NAN, INF]))
    assert found.tolist() == [4.0, 0.0, 0.0]
    fmax = cr.grad(lambda a, b: np.sum(np.fmax(a, b)), (0, 1))
    left, right = fmax(np.array([NAN, 1.0, 3.0]), np.array([2.0, NAN, 1.0]))
    assert (left.tolist(), right.tolist()) == ([0.0, 1.0, 1.0], [1.0, 0.0, 0.0])


COMPLEX = np.array(
    [complex(a, b) for a in (1.5, -0.0, NAN, INF, -INF) for b in (-2.0, NAN, INF, -INF)]
)
HUGE = np.array([complex(1.7e308, 1.7e308)])


@pytest.mark.parametrize("dtype", [np.complex128, np.complex64])
@pytest.mark.parametrize(
    "others", [{}, {"nan": 7.0, "posinf": 8.0, "neginf": -9.0}, {"posinf": INF}]
)
def test_each_part_of_a_complex_number_is_replaced_by_itself(dtype, others):
    z = COMPLEX.astype(dtype)
    check_values(lambda t: np.nan_to_num(t, **others), z)
    found = cr.grad(lambda t: np.sum(np.abs(np.nan_to_num(t, posinf=1.0, neginf=-1.0)) ** 2))(z)
    part = [np.where(np.isfinite(one), 2 * one, 0.0) for one in (z.real, z.imag)]
    np.testing.assert_allclose(found, part[0] - 1j * part[1], rtol=1e-6)


@pytest.mark.parametrize("function", [np.isnan, np.isinf, np.isfinite])
def test_a_complex_number_is_finite_where_both_its_parts_are(function):
    check_values(function, COMPLEX)
    check_values(function, HUGE)  # its absolute value is beyond all floats


def test_the_step_at_0_depends_on_its_value_there():
    value, slope = cr.grad(lambda x, h: np.sum(np.heaviside(x, h)), (0, 1))(np.zeros(2), 0.5)
    assert (value.tolist(), float(slope)) == ([0.0, 0.0], 2.0)


@pytest.mark.parametrize("order", range(5))
def test_derivatives_of_sinc_are_exact_near_0_and_beyond(order):
    function = np.sinc
    for _ in range(order):
        function = cr.grad(lambda t, f=function: np.sum(f(t)))
    x = np.array([0.0, 1e-12, 1e-3, 0.4, 0.999, 1.001, 2.5, -3.7])
    with mpmath.workdps(40):
        expected = [float(mpmath.diff(mpmath.sincpi, mpmath.mpf(one), order)) for one in x]
    np.testing.assert_allclose(function(x), expected, rtol=1e-12, atol=3e-13 * 4.0**order)


def test_what_is_not_finite_is_found_anew_on_other_inputs():
    def cleaned(t):
        return np.where(np.isnan(t), 0.0, t) + np.where(np.isfinite(t), 0.0, 1.0) * np.isinf(t)

    graph = cr.trace(cleaned, cr.spec(9))
    for x in (ODD, ODD[::-1]):
        expected = cleaned(x)
        np.testing.assert_array_equal(Evaluator(graph)(x)[0], expected)
        np.testing.assert_array_equal(cleaned(cr.variable(x)).value, expected)
    for function in (np.isnan, np.isinf, np.isfinite):
        for x in (ODD, ODD.astype(np.float32), np.array([-1, 0]), np.array([True, False])):
            found = function(cr.ops.tensor.lift(x))
            assert found.dtype == bool
            np.testing.assert_array_equal(found.value, function(x))
    assert X[np.isfinite(cr.variable(X))].shape == (6,)


def test_integers_stay_what_numpy_makes_of_them():
    whole = np.array([-3, 0, 2])
    functions = [np.positive, np.real, np.imag, np.nan_to_num, np.angle, np.sinc, np.modf, np.fabs]
    for function in [*functions, lambda t: np.float_power(t, 2)]:
        check = [function(cr.ops.tensor.lift(whole)), function(whole)]
        ours, theirs = (one if isinstance(one, tuple) else (one,) for one in check)
        for one, other in zip(ours, theirs, strict=True):
            assert one.dtype == np.asarray(other).dtype
            np.testing.assert_allclose(one.value, other, atol=1e-15)


@pytest.mark.parametrize(
    "bounds",
    [(0, 2), (None, 2), (-1, None), (None, None), (0.5, 2), (True, 2), (np.int8(0), np.int8(2))],
)
@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.bool_])
def test_integers_are_clipped_to_what_numpy_makes_of_them(bounds, dtype):
    whole = np.array([0, 1, 2, 5, 200]).astype(dtype)
    if bounds == (None, None) and dtype == np.bool_:
        bounds = (None, 0)  # NumPy clips truth values only to something
    found, expected = np.clip(cr.ops.tensor.lift(whole), *bounds), np.clip(whole, *bounds)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found.value, expected)


def test_integers_beyond_floats_are_clipped_to_themselves():
    large = np.array([2**53 + 1, -(2**53) - 1])
    found = np.clip(cr.ops.tensor.lift(large), -(2**60), 2**60)
    np.testing.assert_array_equal(found.value, large)


@pytest.mark.parametrize("bounds", [(-1, 3), (0, 300)])
def test_bounds_beyond_the_integers_limit_nothing(bounds):
    narrow = np.array([1, 5, 30], np.uint8)
    found, expected = np.clip(cr.ops.tensor.lift(narrow), *bounds), np.clip(narrow, *bounds)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found.value, expected)


def test_dtypes_and_shapes_are_known_without_a_value():
    def asked(t):
        assert np.result_type(t, np.float32(1.0)) == np.float64
        assert np.can_cast(t.dtype, np.float64)
        assert np.isrealobj(t)
        assert not np.iscomplexobj(t)
        assert np.common_type(t) is np.float64
        assert np.min_scalar_type(t) == np.float64
        assert [a.tolist() for a in np.diag_indices_from(t)] == [[0, 1], [0, 1]]
        assert [a.tolist() for a in np.triu_indices_from(t, 1)] == [[0], [1]]
        assert (np.shape(t), np.ndim(t), np.size(t)) == ((2, 2), 2, 4)
        return t

    cr.trace(asked, cr.spec((2, 2)))
    asked(cr.variable(np.ones((2, 2))))


@pytest.mark.parametrize(
    "function",
    [
        lambda t: np.argwhere(t > 0),
        lambda t: np.flatnonzero(t),
        lambda t: np.count_nonzero(t, axis=1),
        lambda t: np.isin(t, [0.5]),
        lambda t: np.digitize(t, [0.0, 1.0]),
        lambda t: np.nanargmax(t, axis=0),
        lambda t: np.isclose(t, t) & np.isreal(t) & ~np.iscomplex(t) & ~np.isposinf(t),
        lambda t: np.signbit(t),
        lambda t: np.array_equiv(t, t),
        lambda t: np.unravel_index(np.argmax(t), t.shape),
        lambda t: np.shares_memory(t, X),
    ],
)
def test_tests_and_indices_are_arrays_of_values(function):
    found, expected = function(cr.variable(X)), function(X.copy())
    np.testing.assert_array_equal(found, expected)
    assert not isinstance(found, cr.Tensor)


@pytest.mark.parametrize(
    ("function", "arrays"),
    [
        (np.nan_to_num, [np.array([complex(NAN, 1.0), complex(1.0, INF), complex(-INF, 2.0)])]),
        (lambda z: np.nan_to_num(z, nan=1.0, posinf=2.0), [np.array([complex(NAN, INF), 3.0])]),
        (np.float_power, [np.array([1.0 + 1.0j, 2.0]), np.array([2.0, 1.0j])]),
        (np.float_power, [np.array([4.0], np.float32), np.array([2.0], np.float32)]),
    ],
)
def test_complex_numbers_keep_both_parts(function, arrays):
    check_values(function, *arrays)


def test_a_recorded_number_is_a_scalar_as_the_plain_number_is():
    assert chainrule.numpy.isscalar(cr.variable(1.0))
    assert not chainrule.numpy.isscalar(cr.variable([1.0]))


def test_sizes_of_complex_numbers_are_no_fabs():
    with pytest.raises(OptionError, match=r"np\.fabs: expected real numbers"):
        np.fabs(cr.variable(1.0 + 1.0j))
