"""Functions that move entries, against NumPy's own, for random shapes, axes and options."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.errors import DifferentiationError, OptionError, ShapeError
from ops.like_numpy import check_linear, check_values

LENGTHS = st.integers(0, 3)


def shapes(least=0, most=3, lengths=LENGTHS):
    return st.lists(lengths, min_size=least, max_size=most).map(tuple)


def axis_of(draw, shape):
    return draw(st.integers(-len(shape), len(shape) - 1))


def axes_of(draw, shape):
    several = st.lists(st.sampled_from(range(len(shape))), unique=True).map(tuple)
    return draw(st.one_of(st.none(), st.integers(-len(shape), len(shape) - 1), several))


def some(draw, values):
    return draw(st.sampled_from(values))


def _repeat(draw, shape):
    axis = some(draw, [None, axis_of(draw, shape)])
    n = int(np.prod(shape)) if axis is None else shape[axis]
    counts = draw(st.one_of(st.integers(0, 3), st.lists(LENGTHS, min_size=n, max_size=n)))
    return lambda x: np.repeat(x, counts, axis=axis)


def _roll(draw, shape):
    axis = axes_of(draw, shape)
    shift = draw(st.integers(-4, 4))
    if isinstance(axis, tuple) and axis and draw(st.booleans()):
        shift = tuple(range(1, len(axis) + 1))
    return lambda x: np.roll(x, shift, axis=axis)


def _two_axes(draw, shape):
    return draw(st.permutations(range(len(shape))))[:2]


def _diagonal(draw, shape):
    first, second = _two_axes(draw, shape)
    return lambda x: np.diagonal(x, 1, axis1=first, axis2=second)


def _rot90(draw, shape):
    axes, k = _two_axes(draw, shape), draw(st.integers(-3, 6))
    return lambda x: np.rot90(x, k, axes)


def _moveaxis(draw, shape):
    order = draw(st.permutations(range(len(shape))))
    if draw(st.booleans()):
        return lambda x: np.moveaxis(x, order[0], order[1])
    return lambda x: np.moveaxis(x, (0, 1), (order[1], order[0] - len(shape)))


def _delete(draw, shape):
    axis = some(draw, [None, axis_of(draw, shape)])
    n = int(np.prod(shape)) if axis is None else shape[axis]
    which = some(draw, [n - 1, -1, [0, n - 1], slice(0, None, 2), np.arange(n) % 2 == 0])
    return lambda x: np.delete(x, which, axis=axis)


def _take(draw, shape):
    axis, mode = some(draw, [None, axis_of(draw, shape)]), some(draw, ["raise", "wrap", "clip"])
    n = int(np.prod(shape)) if axis is None else shape[axis]
    span = (0, n - 1) if mode == "raise" else (-7, 7)
    index = draw(st.lists(st.integers(*span), max_size=4))
    chosen = some(draw, [np.array(index, int), np.array([index, index], int), 0])
    return lambda x: np.take(x, chosen, axis=axis, mode=mode)


def _take_along_axis(draw, shape):
    axis = some(draw, [None, axis_of(draw, shape)])
    if axis is None:
        return lambda x: np.take_along_axis(x, np.array([0, -1, 0]), None)
    picked = np.argsort(np.random.default_rng(0).normal(size=shape), axis=axis)
    return lambda x: np.take_along_axis(x, picked, axis)


def _compress(draw, shape):
    axis = some(draw, [None, axis_of(draw, shape)])
    return lambda x: np.compress([True], x, axis=axis)


def _pad(draw, shape):
    mode = some(draw, ["constant", "edge", "reflect", "symmetric", "wrap"])
    widths = some(draw, [1, 0, 2, (1, 2), [(1, 2)] * len(shape), (2,)])
    return lambda x: np.pad(x, widths, mode=mode)


def _pad_constant(draw, shape):
    value = some(draw, [0, 1.5, (1.0, 2.0), [(1.0, 2.0)] * len(shape)])
    return lambda x: np.pad(x, (1, 2), constant_values=value)


def _split(name, axis=None):
    def drawn(draw, shape):
        where = axis_of(draw, shape) if axis is None else min(axis, len(shape) - 1)
        n = shape[where]
        cuts = some(draw, [1, n or 1, [1], [0, 2], [2, 1], (1, -1)])
        options = {"axis": where} if axis is None else {}
        return lambda x: getattr(np, name)(x, cuts, **options)

    return drawn


def _insert(draw, shape):
    axis = some(draw, [None, axis_of(draw, shape)])
    place = some(draw, [0, -1, [0, 1], slice(0, 1)])
    return lambda x: np.insert(x, place, 2.5, axis=axis)


SOME, LONG, OFFSET = st.integers(1, 3), st.integers(2, 4), st.integers(-3, 3)


def drawn(function, **options):
    """The function with options drawn from lists and strategies, or from what suits the shape."""

    def make(draw, shape):
        found = {
            name: some(draw, given) if isinstance(given, (list, str))
            else given(draw, shape) if callable(given)
            else draw(given)
            for name, given in options.items()
        }  # fmt: skip
        return partial(function, **found)

    return make


def _columns(x, order):
    return np.reshape(x, (x.size, 1), order=order)


MOVES = {
    "tile": (shapes(), drawn(np.tile, reps=[2, (2, 1), (1, 2, 1, 2), 0])),
    "repeat": (shapes(1), _repeat),
    "roll": (shapes(1), _roll),
    "flip": (shapes(1), drawn(np.flip, axis=axes_of)),
    "flipud": (shapes(1), drawn(np.flipud)),
    "fliplr": (shapes(2), drawn(np.fliplr)),
    "rot90": (shapes(2), _rot90),
    "rollaxis": (shapes(1), drawn(np.rollaxis, axis=axis_of, start=lambda draw, s: len(s))),
    "rollaxis to the front": (shapes(1), drawn(np.rollaxis, axis=axis_of)),
    "moveaxis": (shapes(2), _moveaxis),
    "matrix_transpose": (shapes(2), drawn(np.matrix_transpose)),
    "ravel": (shapes(), drawn(np.ravel, order="CFKA")),
    "reshape": (shapes(), drawn(_columns, order="CFA")),
    "atleast_1d": (shapes(), drawn(np.atleast_1d)),
    "atleast_2d": (shapes(), drawn(np.atleast_2d)),
    "atleast_3d": (shapes(), drawn(np.atleast_3d)),
    "atleast_2d, several": (shapes(), drawn(lambda x: np.atleast_2d(x, 1.0))),
    "diag": (shapes(1, 2), drawn(np.diag, k=OFFSET)),
    "diagflat": (shapes(), drawn(np.diagflat, k=OFFSET)),
    "diagonal": (shapes(2), _diagonal),
    "tril": (shapes(1), drawn(np.tril, k=OFFSET)),
    "triu": (shapes(1), drawn(np.triu, k=OFFSET)),
    "take": (shapes(1, 3, SOME), _take),
    "take_along_axis": (shapes(1, 3, SOME), _take_along_axis),
    "compress": (shapes(1, 3, SOME), _compress),
    "resize": (shapes(0, 2), drawn(np.resize, new_shape=[3, (2, 4), (0, 2)])),
    "delete": (shapes(1, 3, SOME), _delete),
    "insert": (shapes(1, 3, SOME), _insert),
    "pad": (shapes(1, 3, LONG), _pad),
    "pad with constants": (shapes(1, 2, SOME), _pad_constant),
    "split": (shapes(1, 3), _split("split")),
    "array_split": (shapes(1, 3), _split("array_split")),
    "hsplit": (shapes(1, 3), _split("hsplit", 1)),
    "vsplit": (shapes(2, 3), _split("vsplit", 0)),
    "dsplit": (shapes(3, 3), _split("dsplit", 2)),
    "append": (shapes(), drawn(lambda x: np.append(x, [1.0, 2.0]))),
    "full_like": (shapes(), drawn(lambda x: np.append(np.full_like(x, 2.0, shape=(2,)), x))),
    "zeros_like": (shapes(), drawn(lambda x: np.zeros_like(x, order="C") + np.ones_like(x) + x)),
}


@pytest.mark.parametrize("name", MOVES)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_moves_are_numpys_and_their_pullbacks_the_transpose(name, data):
    possible, make = MOVES[name]
    shape = data.draw(possible)
    function = make(data.draw, shape)
    x = np.random.default_rng([len(shape), *shape]).normal(size=shape)
    check_linear(function, x)


A, B, V = np.arange(6.0).reshape(2, 3) + 1, np.arange(6.0).reshape(2, 3) * -2, np.arange(3.0)

JOINS = {
    "vstack": lambda a, b, v: np.vstack([a, b, v]),
    "vstack of an array": lambda a, b, v: np.vstack(a),
    "hstack": lambda a, b, v: np.hstack((a, b)),
    "hstack of vectors": lambda a, b, v: np.hstack([v, v, 1.0]),
    "dstack": lambda a, b, v: np.dstack([a, b]),
    "dstack of vectors": lambda a, b, v: np.dstack([v, v]),
    "column_stack": lambda a, b, v: np.column_stack([a.T, v, b.T]),
    "append": lambda a, b, v: np.append(a, b, axis=1),
    "append, last axis": lambda a, b, v: np.append(a, b, -1),
    "append, flattened": lambda a, b, v: np.append(v, a),
    "block": lambda a, b, v: np.block([[a, b], [v, v]]),
    "block of one list": lambda a, b, v: np.block([v, 2.0, v]),
    "block of lists": lambda a, b, v: np.block([[[a], [b]], [[b], [a]]]),
    "insert": lambda a, b, v: np.insert(a, [1, 1], b, axis=0),
    "insert a row": lambda a, b, v: np.insert(a, 1, v, axis=0),
    "insert, flattened": lambda a, b, v: np.insert(a, [0, 2, 5], v),
    "choose": lambda a, b, v: np.choose([[0, 1, 2], [2, 2, 0]], [a, b, v]),
    "choose, wrapped": lambda a, b, v: np.choose([-1, 4, 0], (a, v), mode="wrap"),
    "choose, cut off": lambda a, b, v: np.choose([-1, 4, 0], [a, v], mode="clip"),
    "select": lambda a, b, v: np.select([A > 3, B < -3], [a, b], default=9.0),
    "select, else 0": lambda a, b, v: np.select([A > 3, A > 2], [v, b]),
    "broadcast_arrays": lambda a, b, v: np.broadcast_arrays(a, v),
    "meshgrid": lambda a, b, v: np.meshgrid(v, a[0], b[1, :2]),
    "meshgrid, ij": lambda a, b, v: np.meshgrid(v, a[0], indexing="ij"),
    "meshgrid, sparse": lambda a, b, v: np.meshgrid(v, a[0], sparse=True),
    "extract": lambda a, b, v: np.extract(A > 2, a),
    "full_like": lambda a, b, v: np.full_like(a, v),
    "unstack": lambda a, b, v: np.unstack(a, axis=1),
    "linspace": lambda a, b, v: np.linspace(a, b, 4, axis=1),
    "linspace without its end": lambda a, b, v: np.linspace(v, 2.0, 5, endpoint=False, axis=-1),
    "linspace and its step": lambda a, b, v: np.linspace(v[0], v[1], 5, retstep=True),
    "unique": lambda a, b, v: np.unique(a, axis=1),
    "bincount": lambda a, b, v: np.bincount([0, 3, 3], weights=v, minlength=2),
    "pad with a tensor": lambda a, b, v: np.pad(a, 1, constant_values=v[2]),
    "pad by axis": lambda a, b, v: np.pad(a, {-1: (1, 2)}),
    "piecewise": lambda a, b, v: np.piecewise(a, [A < 3, A > 4], [lambda t: 3 * t, lambda t: -t]),
    "piecewise, else": lambda a, b, v: np.piecewise(a, [A < 3], [7.0, lambda t, k: k * t], 2.0),
    "roll rows": lambda a, b, v: np.roll(a, (1, 2), axis=(0, 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", JOINS)
def test_joins_of_several_arrays(name):
    if name == "unstack" and not hasattr(np, "unstack"):
        pytest.skip("NumPy 2.0 has no unstack")
    if name in ("pad by axis", "vstack of an array"):
        check_values(JOINS[name], A, B, V)
    elif name in ("extract", "unique"):
        check_linear_on_values(JOINS[name])
    else:
        check_linear(JOINS[name], A, B, V)


def check_linear_on_values(function):
    """What is chosen depends on values, so it cannot be traced; the pull-back is checked alone."""
    check_values(function, A, B, V)
    value, pull = cr.vjp(function, A, B, V)
    np.testing.assert_allclose(np.sum(pull(2 * value)[0] * A), 2 * np.sum(value**2))


def test_geometric_spaces():
    for function in (
        lambda a, b: np.geomspace(a, b, 4),
        lambda a, b: np.geomspace(-a, -b, 5, endpoint=False, axis=-1),
        lambda a, b: np.logspace(a, b, 3, base=2.0),
        lambda a, b: np.logspace(0.0, 1.0, 3, base=b),
    ):
        check_values(function, A, A + 1.5)
        cr.check_grad(lambda a, b, f=function: cr.sum(f(a, b) ** 2), A, A + 1.5)


def test_unique_with_everything():
    x = np.array([3.0, 1.0, 3.0, 2.0])
    check_values(lambda t: np.unique(t, True, True, True), x)
    assert cr.grad(lambda t: np.sum(np.unique(t) * [1.0, 10.0, 100.0]))(x).tolist() == [
        *(100.0, 1.0, 0.0, 10.0)
    ]


A_SET, B_SET = np.array([3.0, 1.0, 3.0, 2.0]), np.array([2.0, 5.0, 3.0])

SETS = {
    "union1d": (np.union1d, [2.0, 1.0, 1.0, 1.0]),
    "intersect1d": (np.intersect1d, [2.0, 0.0, 1.0, 1.0]),
    "setdiff1d": (np.setdiff1d, [1.0, 1.0, 0.0, 0.0]),
    "setxor1d": (np.setxor1d, [1.0, 1.0, 0.0, 0.0]),
}


@pytest.mark.parametrize("name", SETS)
def test_sets(name):
    function, _ = SETS[name]
    check_values(function, A_SET, B_SET)
    gradient = cr.grad(lambda a: np.sum(function(a, B_SET) ** 2))(A_SET)
    kept = np.isin(A_SET, function(A_SET, B_SET)) & (np.arange(4) != 2)  # its equal comes first
    np.testing.assert_array_equal(gradient, np.where(kept, 2 * A_SET, 0.0))


def test_counts_are_those_of_values():
    t = cr.variable(A_SET)
    for function in (
        lambda x: np.histogram(x, 3, (0.0, 3.0)),
        lambda x: np.histogram(x, bins=[0.0, 2.0, 3.0], weights=[1.0, 2.0, 3.0, 4.0]),
        lambda x: np.histogram2d(x, x, bins=2),
    ):
        for one, other in zip(function(t), function(A_SET), strict=True):
            np.testing.assert_array_equal(one, other)
    with pytest.raises(DifferentiationError):
        cr.grad(lambda w: np.sum(np.histogram(A_SET, 3, weights=w)[0]))(A_SET)
    assert np.bincount(cr.ops.tensor.lift([0, 2, 2])).tolist() == [1, 0, 2]
    if hasattr(np, "unique_values"):
        assert np.unique_values(t).value.tolist() == [1.0, 2.0, 3.0]


APPLIED = {
    "sums": lambda t: np.apply_along_axis(np.sum, 0, t),
    "lines": lambda t: np.apply_along_axis(lambda line, k: line[::-1] * k, 1, t, 2.0),
    "matrices": lambda t: np.apply_along_axis(np.diag, 0, t),
    "numbers": lambda t: np.apply_along_axis(lambda line: line[0], axis=-1, arr=t),
    "over axes": lambda t: np.apply_over_axes(np.sum, t, (0, -1)),
    "over an axis": lambda t: np.apply_over_axes(lambda a, axis: np.cumsum(a, axis), t, 1),
}


@pytest.mark.parametrize("name", APPLIED)
def test_functions_applied_along_axes(name):
    check_linear(APPLIED[name], A)
    check_linear(APPLIED[name], np.arange(24.0).reshape(2, 3, 4))


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (lambda t: np.put(np.zeros(3), 0, t[0, 0]), ["np.put", "np.where"]),
        (lambda t: np.copyto(np.zeros((2, 3)), t), ["np.copyto", "np.where"]),
        (lambda t: np.fill_diagonal(t, 0.0), ["np.fill_diagonal", "np.eye"]),
        (lambda t: np.place(t, A > 1, 0.0), ["np.place", "never change"]),
        (lambda t: np.putmask(t, A > 1, 0.0), ["np.putmask", "np.where"]),
        (lambda t: np.put_along_axis(t, A > 1, 0.0, 0), ["np.put_along_axis", "np.where"]),
        (lambda t: np.nextafter(t, 1.0), ["np.nextafter", "without a derivative rule"]),
    ],
)
def test_functions_that_change_arrays_say_what_to_write(attempt, words):
    with pytest.raises(OptionError) as caught:
        attempt(cr.variable(A))
    assert all(word in str(caught.value) for word in words), caught.value


def test_vander():
    x = np.array([2.0, -1.0, 0.0])
    for function in (
        np.vander,
        lambda t: np.vander(t, 4, increasing=True),
        lambda t: np.vander(t, 1),
        lambda t: np.vander(t, N=0),
    ):
        check_values(function, x)
        cr.check_grad(lambda t, f=function: cr.sum(f(t) ** 2), x, order=2)


def test_trim_zeros():
    x = np.array([0.0, 0.0, 1.0, 0.0, 3.0, 0.0])
    for sides in ("fb", "f", "b", "B"):
        check_values(lambda t, sides=sides: np.trim_zeros(t, sides), x)
    check_values(np.trim_zeros, np.zeros(3))
    assert cr.grad(lambda t: np.sum(np.trim_zeros(t) ** 2))(x).tolist() == [0, 0, 2, 0, 6, 0]


@pytest.mark.parametrize("dtype", [np.float32, np.int64, bool])
def test_dtypes_stay(dtype):
    x = np.array([[1, 0, 2], [3, 4, 0]], dtype)
    for function in (np.tril, np.ravel, np.flip, lambda t: np.pad(t, 1, "edge"), np.diagflat):
        expected = function(x)
        found = function(cr.ops.tensor.lift(x))
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found.value, expected)


@pytest.mark.parametrize(
    ("attempt", "error", "words"),
    [
        (lambda t: np.roll(t, 1, axis=3), ShapeError, ["np.roll", "axis"]),
        (lambda t: np.moveaxis(t, 0, 5), ShapeError, ["np.moveaxis", "axis 5"]),
        (lambda t: np.repeat(t, [1, 2, 3], axis=0), ShapeError, ["np.repeat"]),
        (lambda t: np.split(t, 2, axis=1), ShapeError, ["np.split", "3", "array_split"]),
        (lambda t: np.vsplit(t[0], 1), ShapeError, ["np.vsplit", "2 or more"]),
        (lambda t: np.diag(t[None]), ShapeError, ["np.diag", "(1, 2, 3)"]),
        (lambda t: np.tril(t[0, 0]), ShapeError, ["np.tril"]),
        (lambda t: np.take(t, [0.5]), OptionError, ["np.take", "integers"]),
        (lambda t: np.take(t, 0, mode="nearest"), OptionError, ["np.take mode", "'nearest'"]),
        (lambda t: np.take(t, 0, out=np.zeros(())), OptionError, ["np.take", "out="]),
        (lambda t: np.pad(t, 1, "linear_ramp"), OptionError, ["np.pad", "'linear_ramp'"]),
        (lambda t: np.pad(t, 1, "reflect", reflect_type="odd"), OptionError, ["'odd'"]),
        (lambda t: np.pad(t, 1, "mean", stat_length=2), OptionError, ["'mean'", "stat_length"]),
        (lambda t: np.pad(t, -1), ShapeError, ["none negative"]),
        (lambda t: np.ravel(t, "X"), OptionError, ["np.ravel order", "'X'"]),
        (lambda t: np.block([t, [t]]), ShapeError, ["np.block", "equal depth"]),
        (lambda t: np.select([t > 0], [t, t]), ShapeError, ["np.select", "1 conditions"]),
        (lambda t: np.meshgrid(t[0], indexing="yx"), OptionError, ["np.meshgrid", "'yx'"]),
        (lambda t: np.vstack([t], dtype=np.float32), OptionError, ["np.vstack", "dtype="]),
        (lambda t: np.trim_zeros(t[0], "x"), OptionError, ["np.trim_zeros", "'x'"]),
        (lambda t: np.take_along_axis(t, np.array([0]), 0), ShapeError, ["2 axes"]),
        (lambda t: np.compress(t > 0, t), ShapeError, ["np.compress", "one axis"]),
        (lambda t: np.piecewise(t, [t > 0], [1, 2, 3]), ShapeError, ["np.piecewise", "3"]),
        (lambda t: np.vander(t), ShapeError, ["np.vander"]),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_numpys_name(attempt, error, words):
    with pytest.raises(error) as caught:
        attempt(cr.variable(A, "A"))
    assert all(word in str(caught.value) for word in words), caught.value


def test_a_shift_that_is_differentiated_is_refused():
    with pytest.raises(DifferentiationError, match=r"np\.asarray"):
        cr.grad(lambda t: np.sum(np.tile(t, t)))(2.0)


def test_views_read_as_views():
    """What NumPy does without copying is recorded as slices, transpositions and reshapes."""
    x = cr.variable(A)
    for found in (
        *(np.flip(x), np.rot90(x), np.moveaxis(x, 0, 1), np.atleast_3d(x), np.ravel(x)),
        *(np.ravel(x, "F"), np.split(x, 2)[0], np.tile(x, 1), np.rollaxis(x, 1)),
    ):
        kinds = {node.kind for node in found.graph().nodes}
        assert kinds <= {"variable", "getitem", "transpose", "reshape"}
        assert all(len(node.inputs) <= 1 for node in found.graph().nodes)
