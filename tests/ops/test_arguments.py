"""Settings of operations: NumPy's numbers are taken, and what is refused is named, in one line."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest

import chainrule as cr
from chainrule import ops
from chainrule.errors import ChainruleError, OptionError, ShapeError

X = np.arange(12.0).reshape(3, 4) + 0.5
IMAGE = np.arange(32.0).reshape(1, 2, 4, 4)
KERNEL = np.ones((2, 2, 2, 2))

ODD = [
    "x", b"x", None, 0.5, 2.0, np.float32(1.5), float("nan"), float("inf"), -1, -7, 99, 10**30,
    True, np.True_, np.int64(1), np.uint8(1), np.array(1), np.array([0, 1]), np.array([1.5]),
    (), (1,), (0, 0), ("a",), (0.5,), (None,), (True,), [1], [[1, 2]], {}, 1j, object(),
    slice(None), ..., np.ones((2, 3)), cr.Tensor,
]  # fmt: skip
"""What somebody may write where a number, a shape, an axis or an operand belongs."""

CALLS = {
    "reshape": (X, (4, 3)), "transpose": (X, (1, 0)), "swapaxes": (X, 0, 1),
    "expand_dims": (X, 0), "squeeze": (X[None], 0), "broadcast_to": (X, (2, 3, 4)),
    "sum_to": (X, (1, 4)), "pad": (X, 1), "concatenate": ([X, X], 0), "stack": ([X, X], 0),
    "sum": (X, 0), "mean": (X, 0), "var": (X, 0), "std": (X, 0), "max": (X, 0), "min": (X, 0),
    "prod": (X, 0), "cumsum": (X, 0), "logsumexp": (X, 0), "softmax": (X, 0),
    "log_softmax": (X, 0), "standardize": (X, 0, 0.1), "one_hot": ([0, 1], 2),
    "log_loss": (X, [0, 1, 3]), "uniform": (1, (2, 3)), "astype": (X, "float32"),
    "unfold": (X, 2), "fold": (np.ones((2, 3)), 5, 2), "max_pool": (X, 2), "avg_pool": (X, 2),
    "adaptive_avg_pool": (X, 2), "convolution": (IMAGE, KERNEL), "leaky_relu": (X, 0.1),
    "elu": (X, 1.0), "huber": (X, X), "cross_entropy": (X, [0, 1, 3]), "mse": (X, X),
    "spec": ((2, 3),), "variable": (X,), "matmul": (X, X.T), "clip": (X, 0.0, 1.0),
    "where": (X > 1, X, X), "power": (X, 2.0), "inv": (np.eye(2),), "slogdet": (np.eye(2),),
}  # fmt: skip


def answers(function, *operands, **options) -> bool:
    """Whether a call works; it may only be refused by an error of the package, in one line."""
    message = ""
    try:
        function(*operands, **options)
    except ChainruleError as error:
        message = str(error)
    assert "\n" not in message
    return not message


@pytest.mark.filterwarnings("ignore:Mean of empty slice")
@pytest.mark.parametrize("name", CALLS)
def test_odd_arguments_are_refused_by_name(name: str):
    """At every position, and for every option: nothing but the package's own errors."""
    function, good = getattr(ops, name), CALLS[name]
    assert answers(function, *good)
    parameters = list(inspect.signature(function).parameters.values())
    options = [p.name for p in parameters[len(good) :] if p.kind is not p.VAR_KEYWORD]
    for odd in ODD:
        for i in range(len(good)):
            answers(function, *good[:i], odd, *good[i + 1 :])
        for option in options:
            answers(function, *good, **{option: odd})


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: re.sub(" at 0x.*", "", repr(odd)))
def test_odd_arguments_elsewhere(odd):
    x = cr.variable(X, "x")
    for index in (odd, (odd, 0), slice(0, odd), slice(None, None, odd)):
        answers(x.__getitem__, index)
    for method in ("sum", "var", "max", "cumsum", "squeeze", "astype", "reshape", "named"):
        answers(getattr(x, method), odd)
    answers(x.reshape, odd, 3)
    answers(x.transpose, odd, 0)

    def product(a, b):
        return cr.sum(a * b)

    def running(c, t):
        return c + t, c

    answers(lambda: cr.grad(product, odd)(2.0, 3.0))
    answers(lambda: cr.jacobian(product, odd)(2.0, 3.0))
    # a derivative of order 99 is one, after some minutes
    for option in ("order", "rtol", "atol")[type(odd) is int and odd == 99 :]:
        answers(cr.check_grad, cr.sin, 0.5, **{option: odd})
    for option in ("length", "reverse"):
        answers(cr.scan, running, 0.0, np.ones(3), **{option: odd})


WHOLE = [np.int64, np.int32, np.uint8, np.array, np.uint64]


@pytest.mark.parametrize("number", WHOLE)
def test_whole_numbers_of_numpy_are_taken(number):
    n = number(2)
    for found, expected in [
        (cr.unfold(X, n), cr.unfold(X, 2)),
        (cr.avg_pool(X, n, stride=n), cr.avg_pool(X, 2, stride=2)),
        (cr.max_pool(X, n, padding=number(1)), cr.max_pool(X, 2, padding=1)),
        (cr.convolution(IMAGE, KERNEL, padding=n), cr.convolution(IMAGE, KERNEL, padding=2)),
        (cr.sum(X, axis=number(1)), np.sum(X, 1)),
        (cr.sum(X, axis=(number(0), number(1))), np.sum(X)),
        (cr.broadcast_to(1.0, n), np.ones(2)),
        (cr.reshape(X, (n, 6)), X.reshape(2, 6)),
        (cr.one_hot([0, 1], n), np.eye(2)),
        (cr.fold(np.ones((2, 3)), number(5), n), cr.fold(np.ones((2, 3)), 5, 2)),
        (cr.stack([X, X], number(1)), np.stack([X, X], 1)),
        (cr.swapaxes(X, number(0), -1), X.T),
        (cr.uniform(1, n, seed=n), cr.uniform(1, (2,), seed=2)),
        (cr.var(X, ddof=number(1)), np.var(X, ddof=1)),
    ]:
        np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-15)
    assert cr.spec(n).shape == (2,)
    assert cr.grad(lambda a, b, c: a * b * c, number(1))(2.0, 3.0, 5.0) == 10.0
    assert cr.variable(X)[n, number(1)].item() == X[2, 1]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: cr.avg_pool(X, 1, padding=0.5), OptionError,
         "avg_pool padding: expected a whole number from 0 up.*got 0.5"),
        (lambda: cr.unfold(X, 2.0), OptionError, "unfold size: expected a whole number.*got 2.0"),
        (lambda: cr.squeeze(2.0, 0), ShapeError, "squeeze: expected no axis, got axis=0"),
        (lambda: cr.swapaxes(2.0, 0, 0), ShapeError, "swapaxes: expected no axis, got axis=0"),
        (lambda: cr.swapaxes(X, 0, 2), ShapeError, "swapaxes: .*between -2 and 1, got axis=2"),
        (lambda: cr.sum(X, axis=0.5), OptionError, "sum axis: expected a whole .*got 0.5"),
        (lambda: cr.sum(X, axis=True), OptionError, "sum axis: .*got True"),
        (lambda: cr.sum(X, keepdims="no"), OptionError, "keepdims: expected True or .*got 'no'"),
        (lambda: cr.stack([X], None), OptionError, "stack axis: expected a whole .*got None"),
        (lambda: cr.cumsum(X, (0, 1)), OptionError, r"cumsum axis: .*got \(0, 1\)"),
        (lambda: cr.stack(5), ShapeError, "stack: expected a sequence .*got one int"),
        (lambda: cr.reshape(X, (-3, -4)), OptionError, r"reshape shape: .*got \(-3, -4\)"),
        (lambda: cr.reshape(X, (2.5, 4)), OptionError, r"reshape shape: .*got \(2.5, 4\)"),
        (lambda: cr.broadcast_to(1.0, -1), OptionError, "broadcast_to shape: .*0 or more"),
        (lambda: cr.sum_to(X, (1, 1, 1)), ShapeError, r"sum_to: .*broadcasts to \(3, 4\)"),
        (lambda: cr.sum_to(X, (2, 4)), ShapeError, r"sum_to: .*broadcasts to \(3, 4\)"),
        (lambda: cr.log_loss(X, [0, 4, 1]), OptionError, "log_loss: expected labels between 0 an"),
        (lambda: cr.log_loss(X, [0, -1, 1]), OptionError, "log_loss: .*got labels between -1"),
        (lambda: cr.astype(X, "flat"), OptionError, "astype: expected a dtype of .*got 'flat'"),
        (lambda: cr.uniform(0, (2,), dtype=complex), OptionError, "uniform dtype: .* real numbers"),
        (lambda: cr.pad(X, 0.5), ShapeError, "pad: expected .*widths for 2 axes.*widths 0.5"),
        (lambda: cr.leaky_relu(X, "0.1"), OptionError, "leaky_relu slope: expected a number"),
        (lambda: cr.uniform(0, (2,), seed=0.5), OptionError, "uniform seed: .*got 0.5"),
        (lambda: cr.variable(1.0, 5), OptionError, "name: expected some text.*got int"),
        (lambda: cr.variable(X)[0:1.5], OptionError, "slice: expected a whole number, got 1.5"),
        (lambda: cr.variable(X)[True], OptionError, "getitem: .*got True"),
        (lambda: cr.grad(cr.sin, 0.5)(1.0), OptionError, "argnums: expected a whole number"),
        (lambda: cr.check_grad(cr.sin, 1.0, order=0.5), OptionError, "check_grad order: .*0.5"),
        (lambda: cr.scan(lambda c, t: (c, t), 0.0, length=2.5), OptionError, "scan length: .*2.5"),
        (lambda: cr.scan(lambda c, t: c, 0.0, length=2), cr.errors.DifferentiationError,
         "scan: expected a body that returns a pair"),
    ],
)  # fmt: skip
def test_what_was_written_is_named(call, error, words: str):
    """The first of these were a bare TypeError or IndexError, others were rounded silently."""
    with pytest.raises(error, match=words):
        call()


def test_tensors_are_numbers_too():
    assert cr.leaky_relu(-1.0, cr.stop_gradient(0.25)).item() == -0.25
    assert cr.sum(X, axis=cr.stop_gradient(1)).shape == (3,)


def test_a_long_argument_is_shortened():
    with pytest.raises(OptionError) as caught:
        cr.sum(X, axis="y" * 5000)
    assert len(str(caught.value)) < 250
