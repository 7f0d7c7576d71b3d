"""Products of vectors, matrices and arrays: values of NumPy's functions, and their derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import OptionError, ShapeError
from chainrule.ops.tensor import lift

RANDOM = np.random.default_rng(5)


def array(*shape: int) -> np.ndarray:
    return RANDOM.uniform(-2.0, 2.0, shape)


SQUARE = array(3, 3) + 2 * np.eye(3)

CALLS = {
    "dot, numbers": (np.dot, (array(), array(3))),
    "dot, vectors": (np.dot, (array(3), array(3))),
    "dot, matrices": (np.dot, (array(2, 3), array(3, 4))),
    "dot, left axes": (np.dot, (array(2, 4, 3), array(3))),
    "dot, right axes": (np.dot, (array(2, 3), array(2, 3, 4))),
    "dot, both": (np.dot, (array(2, 2, 3), array(2, 1, 3, 2))),
    "dot, vector and stack": (np.dot, (array(3), array(2, 3, 2))),
    "inner, number": (np.inner, (array(), array(2, 3))),
    "inner, vectors": (np.inner, (array(3), array(3))),
    "inner, matrix and vector": (np.inner, (array(2, 3), array(3))),
    "inner, matrices": (np.inner, (array(2, 3), array(4, 3))),
    "inner, stacks": (np.inner, (array(2, 1, 3), array(4, 2, 3))),
    "vdot": (np.vdot, (array(2, 3), array(3, 2))),
    "outer": (np.outer, (array(2, 2), array(3))),
    "tensordot": (np.tensordot, (array(2, 3, 4), array(3, 4, 2))),
    "tensordot, one axis": (lambda a, b: np.tensordot(a, b, 1), (array(2, 3), array(3, 2))),
    "tensordot, no axis": (lambda a, b: np.tensordot(a, b, axes=0), (array(2), array(3, 2))),
    "tensordot, numbers": (lambda a, b: np.tensordot(a, b, axes=0), (array(4), array())),
    "tensordot, pair": (
        lambda a, b: np.tensordot(a, b, axes=(0, -1)),
        (array(3, 2), array(2, 3)),
    ),
    "tensordot, lists": (
        lambda a, b: np.tensordot(a, b, axes=[[2, 0], [0, 1]]),
        (array(2, 3, 4), array(4, 2, 5)),
    ),
    "tensordot, array": (
        lambda a, b: np.tensordot(a, b, axes=np.array([[-1], [0]])),
        (array(2, 3), array(3, 2)),
    ),
    "linalg.tensordot": (
        lambda a, b: np.linalg.tensordot(a, b, axes=1),
        (array(2, 3), array(3, 1, 2)),
    ),
    "tensordot, nothing to sum": (lambda a, b: np.tensordot(a, b, 1), (array(2, 0), array(0, 3))),
    "kron, vectors": (np.kron, (array(2), array(3))),
    "kron, matrices": (np.kron, (array(2, 2), array(1, 3))),
    "kron, other ranks": (np.kron, (array(3), array(2, 2, 1))),
    "kron, number": (np.kron, (array(), array(2, 2))),
    "cross": (np.cross, (array(3), array(3))),
    "cross, broadcast": (np.cross, (array(2, 3), array(4, 1, 3))),
    "cross, axes": (
        lambda a, b: np.cross(a, b, axisa=0, axisb=1, axisc=0),
        (array(3, 2), array(2, 3)),
    ),
    "cross, axis": (lambda a, b: np.cross(a, b, axis=0), (array(3, 4), array(3, 4))),
    "cross, two entries": (np.cross, (array(4, 2), array(4, 2))),
    "cross, two and three": (np.cross, (array(2), array(4, 3))),
    "linalg.cross": (lambda a, b: np.linalg.cross(a, b, axis=0), (array(3, 2), array(3, 2))),
    "linalg.outer": (np.linalg.outer, (array(2), array(3))),
    "linalg.vecdot": (lambda a, b: np.linalg.vecdot(a, b, axis=0), (array(3, 2), array(3, 1))),
    "linalg.matmul": (np.linalg.matmul, (array(2, 3), array(3, 2))),
    "trace": (np.trace, (array(3, 4),)),
    "trace, above": (lambda x: np.trace(x, 1), (array(3, 4),)),
    "trace, below": (lambda x: np.trace(x, offset=-2), (array(4, 3),)),
    "trace, outside": (lambda x: np.trace(x, offset=9), (array(4, 3),)),
    "trace, axes": (lambda x: np.trace(x, 1, axis1=2, axis2=-3), (array(3, 2, 4),)),
    "trace, dtype": (lambda x: np.trace(x, dtype=np.float32), (array(2, 2),)),
    "linalg.trace": (lambda x: np.linalg.trace(x, offset=1), (array(2, 3, 3),)),
    "linalg.diagonal": (lambda x: np.linalg.diagonal(x, offset=-1), (array(2, 3, 4),)),
    "linalg.matrix_transpose": (np.linalg.matrix_transpose, (array(2, 3, 4),)),
    **{
        f"matrix_power {n}": (lambda x, n=n: np.linalg.matrix_power(x, n), (SQUARE,))
        for n in (-3, -1, 0, 1, 2, 3, 4, 7)
    },
    "matrix_power of a stack": (lambda x: np.linalg.matrix_power(x, 2), (array(2, 2, 2),)),
    "multi_dot": (
        lambda *parts: np.linalg.multi_dot(parts),
        (array(2, 5), array(5, 1), array(1, 4), array(4, 3)),
    ),
    "multi_dot, vectors": (
        lambda *parts: np.linalg.multi_dot(list(parts)),
        (array(2), array(2, 3), array(3)),
    ),
    "multi_dot, two": (lambda *parts: np.linalg.multi_dot(parts), (array(2, 3), array(3))),
}
for name, shapes in {
    "vecdot": ((2, 3), (3,)),
    "matvec": ((2, 3, 4), (4,)),
    "vecmat": ((2, 3), (3, 4)),
}.items():
    if hasattr(np, name):  # not in NumPy 2.0
        CALLS[name] = (getattr(np, name), tuple(array(*shape) for shape in shapes))


@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning")
@pytest.mark.parametrize("name", CALLS)
def test_values_and_derivatives_are_those_of_numpy_s_function(name):
    function, points = CALLS[name]
    expected = function(*points)
    found = function(*map(cr.variable, points))
    assert found.shape == np.shape(expected)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found.value, expected, rtol=1e-13, atol=1e-14)
    if expected.dtype == np.float64:
        cr.check_grad(function, *points, order=2, rtol=1e-6, atol=1e-7)


INTEGERS = ["dot, both", "inner, stacks", "tensordot", "kron, matrices", "cross", "trace", "vdot"]


@pytest.mark.parametrize("name", INTEGERS)
def test_integers_stay_integers(name):
    function, points = CALLS[name]
    whole = [np.rint(10 * point).astype(int) for point in points]
    found = function(*map(lift, whole))
    assert found.dtype == int
    np.testing.assert_array_equal(found.value, function(*whole))


def test_multi_dot_multiplies_in_the_cheapest_order():
    shapes = [(10, 100), (100, 5), (5, 50)]
    found = np.linalg.multi_dot([cr.variable(np.ones(shape)) for shape in shapes])
    left = found.node.inputs[0]
    assert left.spec.shape == (10, 5)


@pytest.mark.parametrize(
    ("attempt", "error", "words"),
    [
        (lambda t: np.dot(t, np.ones((2, 2, 2))), ShapeError, ["np.dot", "equal lengths"]),
        (lambda t: np.inner(t, np.ones((2, 2))), ShapeError, ["np.inner", "(2, 3)"]),
        (lambda t: np.tensordot(t, t, 3), ShapeError, ["np.tensordot axes", "at most 2"]),
        (lambda t: np.tensordot(t, t, [0]), OptionError, ["np.tensordot axes", "axes of both"]),
        (lambda t: np.tensordot(t, t, "ab"), OptionError, ["np.tensordot axes", "'ab'"]),
        (lambda t: np.tensordot(t, t, ([0, 0], [0, 0])), ShapeError, ["distinct axes"]),
        (lambda t: np.tensordot(t, t, (0, 1)), ShapeError, ["equal lengths"]),
        (lambda t: np.cross(t[:, :1], t), ShapeError, ["np.cross", "3 entries"]),
        (lambda t: np.linalg.cross(t[0, :2], t[0]), ShapeError, ["np.linalg.cross"]),
        (lambda t: np.linalg.outer(t, t), ShapeError, ["np.linalg.outer", "np.outer"]),
        (lambda t: np.linalg.vecdot(t, t[0, :2]), ShapeError, ["np.linalg.vecdot"]),
        (lambda t: np.trace(t[0]), ShapeError, ["np.trace", "two axes"]),
        (lambda t: np.trace(t, 0, 1, -1), ShapeError, ["two different axes"]),
        (lambda t: np.trace(t, out=np.zeros(())), OptionError, ["np.trace", "out="]),
        (lambda t: np.dot(t, t.T, out=np.zeros((2, 2))), OptionError, ["np.dot", "out="]),
        (lambda t: np.linalg.matrix_power(t, 2), ShapeError, ["square matrices"]),
        (lambda t: np.linalg.matrix_power(t @ t.T, 0.5), OptionError, ["whole number"]),
        (lambda t: np.linalg.multi_dot([t]), ShapeError, ["two matrices or more"]),
        (lambda t: np.linalg.multi_dot([t, t[0], t]), ShapeError, ["(3,)"]),
    ],
)
def test_errors_name_numpy_s_function(attempt, error, words):
    with pytest.raises(error) as caught:
        attempt(cr.variable(np.ones((2, 3))))
    assert all(word in str(caught.value) for word in words), caught.value
