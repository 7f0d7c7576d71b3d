"""Plain NumPy code is differentiated unchanged; what cannot be recorded is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.special

import chainrule as cr
from chainrule.errors import OptionError, ShapeError

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])
ROW = np.array([1.0, 2.0, 3.0])


def mlp(x, w1, b1, w2, b2):
    """A network in plain NumPy."""
    hidden = np.tanh(x @ w1 + b1)
    logits = np.maximum(hidden @ w2 + b2, 0.0)
    return np.mean(np.square(logits)) + 0.5 * np.sum(w1**2)


def test_a_plain_numpy_network():
    rng = np.random.default_rng(0)
    shapes = [(2, 3), (3, 4), (4,), (4, 2), (2,)]
    arrays = [rng.normal(size=shape) for shape in shapes]
    value, gradients = cr.value_and_grad(mlp, range(5))(*arrays)
    assert value == mlp(*arrays)
    assert [gradient.shape for gradient in gradients] == shapes
    cr.check_grad(mlp, *arrays, order=2)


FUNCTIONS = {
    "exp then matmul": lambda t: np.exp(t) @ ROW,
    "sum by axis": lambda t: np.sum(t, axis=0),
    "sum, kept": lambda t: np.sum(t, axis=1, keepdims=True) / t,
    "where": lambda t: np.where(t > 0, t, np.expm1(t)),
    "concatenate": lambda t: np.concatenate([t, X], axis=1) ** 2,
    "concatenate, flattened": lambda t: np.concatenate([t, ROW], axis=None) ** 2,
    "stack": lambda t: np.stack([t, 2 * t], axis=-1),
    "mean, var, std": lambda t: np.mean(t) * np.var(t, axis=0) / np.std(t, ddof=1),
    "max, min, prod": lambda t: np.max(t, axis=1) * np.min(t) + np.prod(t, axis=1),
    "cumsum": lambda t: np.cumsum(t, axis=1) * X,
    "transpose": lambda t: np.transpose(t) @ t,
    "swapaxes": lambda t: np.swapaxes(t, 0, 1) * t.T,
    "reshape": lambda t: np.reshape(t, (3, 2)) @ t,
    "pad": lambda t: np.pad(t, 1) ** 2,
    "clip": lambda t: np.clip(t, -0.9, 1.2) * t,
    "clip between arrays": lambda t: np.clip(t, -ROW, 0.9 * ROW) * t,
    "outer": lambda t: np.outer(t[0], t[1]),
    "dot": lambda t: np.dot(t, ROW) * np.dot(2.0, t[:, 0]),
    "expand, squeeze": lambda t: np.squeeze(np.expand_dims(t, 0) ** 3),
    "broadcast_to": lambda t: np.broadcast_to(t[0], (4, 3)) * np.broadcast_to(t[0, 0], 3),
    "power": lambda t: np.power(np.abs(t), 1.5) + np.power(2.0, t) + t**2,
    "reciprocal": lambda t: np.reciprocal(t) + 1 / t,
    "logs": lambda t: np.log1p(t**2) + np.log(np.abs(t)) + np.sqrt(t + 3),
    "reduce of a ufunc": lambda t: np.add.reduce(t) * np.maximum.reduce(t),
    "methods": lambda t: t.sum(0) * t.mean() + t.max(axis=0) - t.var(0) + t.reshape(-1)[:3],
    "likes": lambda t: np.ones_like(t) * t + np.zeros_like(t),
    "copy": lambda t: np.copy(t) * t,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_same_code_runs_on_arrays_and_on_tensors(name):
    function = FUNCTIONS[name]
    recorded = function(cr.variable(X))
    assert isinstance(recorded, cr.Tensor)
    np.testing.assert_allclose(recorded.value, function(X), rtol=1e-14)
    cr.check_grad(function, X, order=2)


@pytest.mark.parametrize(
    "operation",
    [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a * b,
        lambda a, b: a / b,
        lambda a, b: a**b,
        lambda a, b: a @ b.T,
        lambda a, b: a < b,
        lambda a, b: a <= b,
        lambda a, b: a > b,
        lambda a, b: a >= b,
        lambda a, b: a == b,
        lambda a, b: a != b,
    ],
)
def test_arrays_and_numbers_on_either_side(operation):
    a, b = np.abs(X), np.array([[0.5, 3.0, 2.0], [0.5, 1.0, 0.75]])
    expected = operation(a, b)
    for left, right in [(a, cr.variable(b)), (cr.variable(a), b), (cr.variable(a), cr.variable(b))]:
        found = operation(left, right)
        assert isinstance(found, cr.Tensor)
        np.testing.assert_allclose(found.value, expected)
    row = operation(a.tolist(), cr.variable(b))
    np.testing.assert_allclose(row.value, expected)


@pytest.mark.parametrize("number", [2, 2.5, True, np.float64(2.5), np.int64(2)])
def test_python_numbers_do_not_change_the_dtype(number):
    t = cr.variable(np.float32([1.0, 2.0]))
    for found in (t + number, number - t, t * number, number / t, t**number, number**t):
        weak = type(number) in (int, float, bool)
        assert found.dtype == (np.float32 if weak else np.float64)


def test_lists_of_tensors_are_stacked():
    x, y = cr.variables(x=2.0, y=3.0)
    assert float(cr.sum(cr.mul([x, y], [10.0, 1.0])).gradients()["x"]) == 10.0


def test_functions_of_values_return_values():
    t = cr.variable([1.0, np.inf])
    assert np.isfinite(t).tolist() == [True, False]
    assert np.argmax(t) == 1
    assert np.allclose(t, t)
    assert (np.shape(t), np.ndim(t), np.size(t)) == ((2,), 1, 2)
    assert not isinstance(np.asarray(t), cr.Tensor)


def test_python_protocols():
    t = cr.variable([1.0, 2.0, 3.0])
    assert len(t) == 3
    assert [float(entry) for entry in t] == [1.0, 2.0, 3.0]
    assert float(sum(t)) == 6.0
    assert f"{t[1]:.2f}" == "2.00"
    assert int(t[2]) == 3
    assert list(range(3))[cr.sum([0, 1])] == 1
    assert bool(t[0] > 0)
    assert (t == "text") is False
    assert t != None  # noqa: E711
    assert float(abs(-t)[0]) == float((+t)[0]) == 1.0
    assert repr(cr.variable(np.float32([1.0]))) == "Tensor([1.], dtype=float32)"
    with pytest.raises(TypeError, match="no length"):
        len(t[0])


def test_a_variable_is_independent_of_the_array_it_was_created_from():
    array = np.ones(2)
    x = cr.variable(array)
    array[0] = 5.0
    np.testing.assert_array_equal(x.value, [1.0, 1.0])
    with pytest.raises(ValueError, match="read-only"):
        x.value[0] = 7.0


T = cr.variable(X, "X")


@pytest.mark.parametrize(
    ("attempt", "error", "words"),
    [
        (lambda: np.polyfit(T, T, 1), OptionError, ["np.polyfit"]),
        (lambda: np.frexp(T), OptionError, ["np.frexp", "tensor.value"]),
        (lambda: np.spacing(T), OptionError, ["np.spacing"]),
        (lambda: np.add.reduceat(T, [0]), OptionError, ["np.add.reduceat"]),
        (lambda: np.exp(T, out=np.zeros((2, 3))), OptionError, ["np.exp with out"]),
        (
            lambda: T @ cr.variable(np.ones((2, 3)), "w"),
            ShapeError,
            ["X of shape (2, 3)", "w of shape (2, 3)", "transpose"],
        ),
        (lambda: T @ 2.0, ShapeError, ["X of shape (2, 3)", "shape ()"]),
        (lambda: T + np.ones(2), ShapeError, ["X of shape (2, 3)", "(2,)"]),
        (lambda: cr.concatenate([T, np.ones((2, 2))]), ShapeError, ["(2, 2)", "axis 0"]),
        (lambda: cr.concatenate([]), ShapeError, ["at least one part"]),
        (lambda: cr.stack([T, T[0]]), ShapeError, ["equal shapes"]),
        (lambda: T.reshape(4, 2), ShapeError, ["6 entries", "(4, 2)"]),
        (lambda: T.reshape(-1, -1), ShapeError, ["6 entries"]),
        (lambda: T.transpose(0, 0), ShapeError, ["each of 2 axes once"]),
        (lambda: cr.squeeze(T, 0), ShapeError, ["axes of length 1"]),
        (lambda: cr.broadcast_to(T, (3, 2)), ShapeError, ["X of shape (2, 3)"]),
        (lambda: T.sum(axis=2), ShapeError, ["axis=2", "2 axes"]),
        (lambda: T.sum(axis=(0, 0)), ShapeError, ["distinct axes"]),
        (lambda: cr.max(np.ones((2, 0)), axis=1), ShapeError, ["at least one entry"]),
        (lambda: cr.softmax(np.ones((2, 0))), ShapeError, ["at least one entry"]),
        (lambda: cr.pad(T, -1), ShapeError, ["none negative"]),
        (lambda: cr.pad(T, 1, mode="reflect"), ShapeError, ["'reflect'"]),
        (lambda: T[5], ShapeError, ["(2, 3)", "out of bounds"]),
        (lambda: T[0, 0, 0], ShapeError, ["(2, 3)", "too many"]),
        (lambda: T[0.5], OptionError, ["integers, slices"]),
        (lambda: cr.dot(np.ones((2, 2, 2)), T.T), ShapeError, ["(2, 2, 2)", "(3, 2)"]),
        (lambda: cr.one_hot([0, 3], 3), OptionError, ["between 0 and 2"]),
        (lambda: cr.one_hot([0.5], 3), OptionError, ["integer labels"]),
        (lambda: cr.variable("text"), OptionError, ["real or complex numbers"]),
        (lambda: cr.variable([[1.0], [1.0, 2.0]]), ShapeError, ["rows of equal length"]),
    ],
)
def test_errors_name_the_operands_and_say_what_to_do(attempt, error, words):
    with pytest.raises(error) as caught:
        attempt()
    line = str(caught.value)
    assert "expected" in line
    assert "got" in line
    assert all(word in line for word in words), line


TABLE = np.array([[0.5, -1.5, 2.0], [1.5, 0.25, -0.75]])

KEYWORDS = {
    "clip, a_min and a_max": lambda t: np.clip(t, a_min=-1, a_max=1),
    "clip, min and max": lambda t: np.clip(t, min=-1, max=1),
    "clip, by position": lambda t: np.clip(t, -1, 1, None),
    "var, correction": lambda t: np.var(t, correction=1),
    "var, too few": lambda t: np.var(t, ddof=7),
    "std, by position": lambda t: np.std(t, 0, None, None, 1, True),
    "sum, defaults": lambda t: np.sum(t, axis=1, dtype=None, out=None),
    "mean, by position": lambda t: np.mean(t, 0, None, None, True),
    "where, one argument": lambda t: np.where(t > 0)[1],
    "reshape, order": lambda t: np.reshape(t, (3, 2), order="C"),
    "swapaxes": lambda t: np.swapaxes(t, axis1=0, axis2=1),
    "floor division": lambda t: t // 0.4,
    "remainder": lambda t: 2.0 % t + t % 2.0,
    "divmod": lambda t: np.stack(divmod(t, 0.4)),
    "round": lambda t: np.round(t, 1) + np.round(t) + np.around(t, -1),
    "and, or, xor, not": lambda t: ((t > 0) & (t < 1)) | ~(t < 2) ^ (t > 1),
}


@pytest.mark.parametrize("name", KEYWORDS)
def test_numpy_s_keywords_and_operators_mean_the_same(name):
    function = KEYWORDS[name]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        expected = function(TABLE)
    found = function(cr.variable(TABLE))
    np.testing.assert_array_equal(found.value if isinstance(found, cr.Tensor) else found, expected)


METHODS = {
    "flatten": lambda t: t.flatten(),
    "ravel": lambda t: t.ravel(),
    "copy": lambda t: t.copy(),
    "dot": lambda t: t.dot(ROW),
    "conj": lambda t: t.conj(),
    "all": lambda t: (t > -9).all(axis=0),
    "any": lambda t: (t > 9).any(),
    "std": lambda t: t.std(axis=0),
    "argmax": lambda t: t.argmax(1),
    "argmin": lambda t: t.argmin(),
    "argsort": lambda t: t.argsort(),
    "swapaxes": lambda t: t.swapaxes(0, 1),
    "round": lambda t: t.round(1),
    "tolist": lambda t: t.tolist(),
    "sum, dtype": lambda t: t.sum(axis=0, dtype=np.float32),
    "sum, where": lambda t: t.sum(1, where=TABLE > 0, initial=2.0, out=None),
    "mean, where": lambda t: t.mean(where=TABLE > 0),
    "max, initial": lambda t: t.max(axis=0, initial=0.7),
    "min, where": lambda t: t.min(axis=0, initial=0.7, where=TABLE > 0),
    "prod, initial": lambda t: t.prod(initial=3.0),
    "var, where": lambda t: t.var(dtype=np.float32) + t.var(ddof=1, where=TABLE > 0),
    "std, mean": lambda t: t.std(axis=1, keepdims=True, mean=t.mean(axis=1, keepdims=True)),
    "cumsum, dtype": lambda t: t.cumsum(axis=1, dtype=np.float32),
    "cumprod": lambda t: t.cumprod() + t.cumprod(0).ravel(),
    "flatten, F": lambda t: t.flatten("F") + t.ravel(order="F"),
    "flat": lambda t: t.flat[4],
    "mT": lambda t: t.mT,
    "take": lambda t: t.take([1, 0], axis=1),
    "compress": lambda t: t.compress([True, False, True], axis=1),
    "choose": lambda t: (t > 0).astype(int).choose([10.0, 20.0]),
    "repeat": lambda t: t.repeat(2, axis=0),
    "diagonal": lambda t: t.diagonal(1),
    "argpartition": lambda t: t[0].take(t[0].argpartition(1)[1]),
    "searchsorted": lambda t: np.sort(t[0]).searchsorted(0.7),
    "nonzero": lambda t: t.nonzero()[1],
    "real, imag": lambda t: t.real + t.imag + t.conjugate(),
    "bytes": lambda t: (t.itemsize, t.nbytes),
    "trace": lambda t: t.trace(),
    "trace, dtype": lambda t: t.trace(1, dtype=np.float32),
    "clip, min": lambda t: t.clip(min=0.5),
    "clip, both": lambda t: t.clip(0.5, max=1.0),
    "astype": lambda t: t.astype(np.float32, copy=False),
    "reshape, order": lambda t: t.reshape((-1,), order="F") + t.reshape(t.size, order="C"),
    "transpose": lambda t: t.transpose((1, 0)) + t.transpose(1, 0) + t.transpose(None),
    "keepdims": lambda t: t.argmax(0, keepdims=True) + t.argmin(axis=0, keepdims=True),
    "all, keepdims": lambda t: t.all(axis=0, keepdims=True) & t.any(axis=0, keepdims=True),
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_of_arrays(name):
    found, expected = (METHODS[name](t) for t in (cr.variable(TABLE), TABLE))
    np.testing.assert_array_equal(found.value if isinstance(found, cr.Tensor) else found, expected)


@pytest.mark.parametrize("name", ["sort", "partition", "fill", "resize", "put"])
def test_methods_that_change_an_array_in_place_say_what_to_write(name):
    with pytest.raises(OptionError, match=rf"tensor.{name}.*write x = np\.") as caught:
        getattr(cr.variable(TABLE), name)(1)
    assert "never change" in str(caught.value)


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (lambda t: np.concatenate([t], dtype=np.float32), ["np.concatenate", "dtype=float32"]),
        (lambda t: np.sum(t, out=np.zeros(())), ["np.sum", "out="]),
        (lambda t: np.max(t, where=TABLE > 0), ["np.max", "initial"]),
        (lambda t: t.sum(out=np.zeros(())), ["np.sum", "out="]),
        (lambda t: t.cumprod(out=np.zeros(6)), ["np.cumprod", "out="]),
        (lambda t: np.mean(t, out=np.zeros(())), ["np.mean", "out="]),
        (lambda t: t & 1, ["&", "boolean"]),
        (lambda t: ~t, ["~", "boolean"]),
        (lambda t: np.nextafter(t, t), ["np.nextafter", "can be recorded"]),
        (lambda t: scipy.special.wofz(t), ["scipy.special.wofz"]),
    ],
)
def test_what_numpy_knows_and_we_do_not_is_refused_by_name(attempt, words):
    with pytest.raises(OptionError) as caught:
        attempt(cr.variable(TABLE))
    assert all(word in str(caught.value) for word in words), caught.value


def test_a_spread_of_zero_has_the_gradient_zero():
    assert cr.grad(np.std)(2.0) == 0.0
    assert cr.grad(np.std)(np.ones(3)).tolist() == [0.0, 0.0, 0.0]
    cr.check_grad(np.std, TABLE, order=2)


def test_pythons_round():
    assert round(cr.variable(1.26), 1).item() == 1.3
    assert round(cr.variable(2.5)).item() == 2.0


def test_powers_of_zero():
    """∂(x^y)/∂y at x = 0: 0 for y ≥ 0, and −∞ below, as PyTorch has it."""
    found = cr.grad(lambda y: np.sum(np.power(np.zeros(3), y)))(np.array([-1.0, 0.0, 2.0]))
    assert found.tolist() == [-np.inf, 0.0, 0.0]
