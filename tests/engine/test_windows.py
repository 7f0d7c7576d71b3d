"""Convolution and pooling run as instructions of their own, with the values of the reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine import Runner
from chainrule.engine.interpreter.interpreter import execute
from chainrule.engine.threads import run_parallel
from chainrule.graph import Array, Graph
from chainrule.program import Program
from engine.comparison import agree, planned
from engine.threads.races import SHARE_EVERYTHING, Threads
from program.checker import check

DTYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
CONVOLUTION = ["convolution", "convolution_input", "convolution_weight"]
MAXIMA = ["window_max", "window_max_gradient"]


def backward(function: Callable[..., Any], *shapes: tuple[int, ...], dtype: Any) -> Any:
    """The graph of a function's value and of its gradients by all arguments, and arguments."""
    rng = np.random.default_rng(0)
    spread = [1.0, *(np.prod(shape[1:]) ** -0.5 for shape in shapes[1:])]
    args = [(s * rng.normal(size=n)).astype(dtype) for n, s in zip(shapes, spread, strict=True)]

    def step(*args: Any) -> list[cr.Tensor]:
        value, pull = cr.vjp(function, *args)
        return [value, *pull(cr.cos(value))]

    return cr.trace(step, *args), args


def of_windows(program: Program) -> list[str]:
    return sorted(i.op for i in program.instructions if i.op in (*CONVOLUTION, *MAXIMA))


SETTINGS: dict[str, tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = {
    "series": ((3, 2, 9), (4, 2, 3), {}),
    "image": ((2, 3, 7, 6), (5, 3, 3, 2), {"padding": 1}),
    "volume": ((2, 2, 4, 5, 4), (3, 2, 2, 3, 2), {}),
    "one channel": ((2, 1, 12, 11), (8, 1, 3, 3), {}),
    "strides": ((2, 2, 9, 8), (3, 2, 3, 2), {"stride": (2, 3)}),
    "stride along the rows only": ((2, 2, 9, 8), (3, 2, 3, 2), {"stride": (2, 1)}),
    "dilation": ((2, 2, 9, 8), (3, 2, 2, 3), {"dilation": (3, 2)}),
    "strides and dilation of a volume": (
        *((1, 2, 6, 7, 9), (2, 2, 2, 2, 2)),
        {"stride": (1, 2, 3), "dilation": (2, 1, 2), "padding": (0, 1, 2)},
    ),
    "windows of one entry": ((3, 4, 5, 5), (2, 4, 1, 1), {}),
    "one window": ((3, 2, 4, 4), (5, 2, 4, 4), {}),
    "few positions in long rows": ((2, 1, 5, 40), (2, 1, 2, 38), {}),
    "many channels, in blocks of rows": ((1, 90, 20, 18), (40, 90, 3, 3), {}),
    "long rows, in blocks of a part": ((2, 60, 700), (33, 60, 9), {}),
}


@DTYPES
@pytest.mark.parametrize("name", SETTINGS)
def test_a_convolution_and_its_gradients_are_an_instruction_each(name, dtype):
    x, weight, settings = SETTINGS[name]
    function = lambda x, w: cr.convolution(x, w, **settings)  # noqa: E731
    graph, args = backward(function, x, weight, dtype=dtype)
    program = agree(graph, args, dtype, scale=30.0)
    check(program)
    assert of_windows(program) == CONVOLUTION


@DTYPES
@pytest.mark.parametrize("name", ["image", "series", "strides"])
def test_bias_and_relu_are_a_part_of_it(name, dtype):
    x, weight, settings = SETTINGS[name]

    def layer(x: Any, w: Any, b: Any) -> cr.Tensor:
        return cr.relu(cr.convolution(x, w, b, **settings))

    graph, args = backward(layer, x, weight, weight[:1], dtype=dtype)
    program = agree(graph, args, dtype, scale=10.0)
    assert of_windows(program) == CONVOLUTION
    (forward,) = (i for i in program.instructions if i.op == "convolution")
    assert forward.attributes["relu"]
    assert len(forward.inputs) == 3


def test_what_is_before_the_bias_or_relu_may_be_needed_too():
    x, w = np.ones((2, 1, 5, 5)), np.arange(8.0).reshape(2, 1, 2, 2) - 3.0

    def outputs(x: Any, w: Any, b: Any) -> list[cr.Tensor]:
        y = cr.convolution(x, w)
        z = y + cr.reshape(b, (2, 1, 1))
        return [y, z, cr.relu(z), cr.exp(cr.relu(y))]

    check(agree(cr.trace(outputs, x, w, np.array([1.0, -2.0])), [x, w, np.array([1.0, -2.0])]))


@DTYPES
def test_second_derivatives(dtype):
    def penalty(x: Any, w: Any) -> cr.Tensor:
        slope = cr.grad(lambda x: cr.sum(cr.sin(cr.convolution(x, w, padding=1))))(x)
        return cr.sum(slope * slope)

    graph, args = backward(penalty, (2, 2, 5, 4), (3, 2, 3, 3), dtype=dtype)
    check(agree(graph, args, dtype, scale=100.0))


def rows_by_columns(x: Any) -> cr.Tensor:
    """Windows as the rows of a matrix, but not in the order of a convolution."""
    return cr.reshape(cr.transpose(cr.unfold(x, (2, 2)), (0, 3, 2, 1, 4, 5)), (32, 16))


def test_products_that_are_no_convolution_stay_what_they_are():
    """Other orders of axes, groups, and gradients of transposed convolutions."""
    x = (2, 4, 5, 5)
    for function, *shapes in (
        (lambda x, w: cr.convolution(x, w, groups=2), x, (4, 2, 2, 2)),
        (lambda x, w: cr.transposed_convolution(x, w, stride=2), x, (4, 3, 2, 2)),
        (lambda x, w: rows_by_columns(x) @ w, x, (16, 3)),
        (lambda x, w: cr.transpose(cr.reshape(cr.unfold(x, 3), (120, 3)) @ w), x, (3, 2)),
    ):  # fmt: skip
        graph, args = backward(function, *shapes, dtype=np.float64)
        check(agree(graph, args, scale=10.0))


POOLS: dict[str, tuple[tuple[int, ...], dict[str, Any]]] = {
    "pairs": ((2, 3, 9), {"size": (2,)}),
    "squares": ((2, 3, 8, 7), {"size": (2, 2)}),
    "cubes": ((2, 4, 5, 6), {"size": (2, 2, 2)}),
    "no axis before": ((9, 8), {"size": (3, 2), "stride": (2, 1)}),
    "overlapping": ((2, 2, 9, 8), {"size": (3, 3), "stride": (1, 2), "padding": 1}),
    "gaps": ((2, 2, 9, 8), {"size": (2, 1), "stride": (3, 4)}),
    "dilated": ((1, 2, 9, 11), {"size": (2, 3), "stride": (2, 2), "dilation": (3, 2)}),
    "beyond the end": ((2, 2, 7, 7), {"size": (2, 2), "ceil": True}),
    "the whole": ((3, 2, 4, 5), {"size": (4, 5)}),
}


@DTYPES
@pytest.mark.parametrize("name", POOLS)
def test_maxima_of_windows_and_their_gradient_are_an_instruction_each(name, dtype):
    shape, settings = POOLS[name]
    pool = lambda x: cr.max_pool(x, **settings)  # noqa: E731
    graph, args = backward(pool, shape, dtype=dtype)
    program = agree(graph, args, dtype)
    check(program)
    assert of_windows(program) == MAXIMA
    ties = [np.round(args[0])]
    agree(graph, ties, dtype)
    agree(backward(lambda x: cr.max_pool(x.T, **settings).T, shape[::-1], dtype=dtype)[0],
          [ties[0].T], dtype)  # fmt: skip


@DTYPES
def test_nan_and_infinity_in_windows(dtype):
    graph, args = backward(lambda x: cr.max_pool(x, (2, 2)), (1, 6, 6), dtype=dtype)
    args[0][0, 0, 1], args[0][0, 3, 2], args[0][0, 4:, 4:] = np.nan, np.inf, -np.inf
    with np.errstate(all="ignore"):
        program = planned(graph, dtype)
        found = Runner(program)(*args)
    assert np.isnan(found[0][0, 0, 0])
    assert found[0][0, 1, 1] == np.inf
    assert found[0][0, 2, 2] == -np.inf
    assert np.isnan(found[1][0, :2, :2]).all()
    assert np.isfinite(found[1][0, :2, 2:4]).all()


def in_threads(program: Program, ranks: int, args: Sequence[Array]) -> list[Array]:
    runner = Runner(program, ranks, tuning=SHARE_EVERYTHING)
    code, arena = runner.code, runner.arena()
    assert len(code.segments) == 1
    runner.load_constants(arena)
    for buffer, value in zip(program.inputs, args, strict=True):
        arena.entries(buffer)[:] = value.reshape(-1)

    def work(rank: int, ranks: int, counter: Array) -> Any:
        last, floats, integers = len(code.table), arena.floats, arena.integers
        return execute(
            code.table, 0, last, code.micro, code.params, floats, integers, rank, ranks, counter, 0
        )

    run_parallel(code.ranks, work)
    return [arena.entries(buffer).copy() for buffer in program.outputs]


def network() -> tuple[Graph, list[Array]]:
    def layers(x: Any, v: Any, w: Any, b: Any) -> cr.Tensor:
        x = cr.max_pool(cr.relu(cr.convolution(x, v, padding=1)), (2, 2))
        return cr.max_pool(cr.convolution(x, w, b), (3, 2), (1, 2))

    shapes = (3, 2, 11, 9), (5, 2, 3, 3), (4, 5, 2, 2), (4,)
    return backward(layers, *shapes, dtype=np.float32)


@pytest.mark.parametrize("ranks", [2, 3])
def test_no_digit_depends_on_the_number_of_threads(ranks):
    graph, args = network()
    program = planned(graph, np.float32)
    assert of_windows(program) == sorted(2 * (CONVOLUTION + MAXIMA))
    alone = Runner(program)(*args)
    for one, many in zip(alone, in_threads(program, ranks, args), strict=True):
        np.testing.assert_array_equal(one.reshape(-1), many)


def test_no_thread_writes_what_another_one_reads():
    program = planned(network()[0], np.float32)
    for ranks in (2, 3):
        threads = Threads(program, ranks)
        for i in range(len(program.instructions)):
            threads.check_shares(i)
