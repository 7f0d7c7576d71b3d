"""Scans run on the engine as loops: without Python, and with the values of the reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.engine import Runner
from chainrule.engine.inference import bound_program
from chainrule.engine.interpreter.interpreter import execute
from chainrule.engine.threads import run_parallel
from chainrule.errors import TrainingError
from chainrule.graph import Array, Evaluator
from chainrule.ops.losses import mse
from chainrule.program import Program, flattened
from chainrule.train.optimizers import Adam
from chainrule.train.steps import make_stepper
from chainrule.train.steps.compiled import CompiledStepper
from engine.comparison import agree, compare, planned
from engine.recurrent import Recurrent
from engine.scans import SCANS, network
from engine.threads.races import SHARE_EVERYTHING
from program.checker import check

DTYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])


def loops(program: Program) -> list[str]:
    """The opcodes of a program's loops, and of scans that are calls."""
    scans = [i for i in program.instructions if any(node.kind == "scan" for node in i.nodes)]
    return [i.op for i in scans if i.begun_loop or i.op == "call"]


@DTYPES
@pytest.mark.parametrize("derivative", [0, 1, 2])
@pytest.mark.parametrize("name", SCANS)
def test_values_and_derivatives_are_those_of_the_reference(name, derivative, dtype):
    scan = SCANS[name]
    graph, args = scan.graph(dtype, derivative), scan.arguments(dtype)
    program = agree(graph, args, dtype, scale=1.0)
    check(program)
    assert set(loops(program)) == {"loop"}
    for instruction in flattened(program.instructions):
        assert instruction.op != "call" or instruction in program.instructions


def in_threads(program: Program, ranks: int, args: list[Array]) -> list[Array]:
    """The outputs, computed by several threads that share out every instruction."""
    runner = Runner(program, ranks, tuning=SHARE_EVERYTHING)
    code = runner.code
    assert (code.ranks, len(code.segments)) == (ranks, 1)
    arena = runner.arena()
    runner.load_constants(arena)
    for buffer, value in zip(program.inputs, args, strict=True):
        arena.entries(buffer)[:] = value.reshape(-1)

    def work(rank: int, ranks: int, counter: Array) -> Any:
        last, floats, integers = len(code.table), arena.floats, arena.integers
        return execute(
            code.table, 0, last, code.micro, code.params, floats, integers, rank, ranks, counter, 0
        )

    run_parallel(ranks, work)
    return [arena.entries(buffer).copy() for buffer in program.outputs]


@pytest.mark.parametrize("derivative", [0, 1])
@pytest.mark.parametrize("name", ["network", "without slices", "changing places"])
def test_no_digit_depends_on_the_number_of_threads(name, derivative):
    scan = SCANS[name]
    program, args = planned(scan.graph(np.float64, derivative)), scan.arguments(np.float64)
    alone = Runner(program)(*args)
    for ranks in (2, 3):
        for _ in range(20):
            for found, expected in zip(in_threads(program, ranks, args), alone, strict=True):
                np.testing.assert_array_equal(found, expected.reshape(-1))


def test_a_scan_and_its_pull_back_share_the_loop_over_the_carries():
    program = planned(SCANS["network"].graph(np.float64, 1))
    assert set(loops(program)) == {"loop"}
    forward, backward = (i.loop for i in program.instructions if i.loop is not None)
    assert (forward.reverse, backward.reverse) == (False, True)
    assert sum(i.op == "gemm" for i in forward.body) == 2


def test_what_is_the_same_in_all_steps_is_computed_before_them():
    def function(w, x):
        def body(c, x):
            return cr.tanh(c @ (w[:3] * 2.0) + x), None  # the slice of a weight is no obstacle

        return cr.scan(body, x[0], x)[0]

    args = np.random.default_rng(0).normal(size=(4, 3)) * 0.3, np.ones((5, 2, 3))
    program = agree(cr.trace(function, *args), args)
    (loop,) = (i.loop for i in program.instructions if i.loop is not None)
    assert [i.op for i in loop.body if i.op in ("gemm", "fused")] == ["gemm", "fused"]
    assert sum("mul" in [m.op for m in i.micro] for i in program.instructions) == 1


def test_carries_are_written_in_place_where_nothing_needs_the_old_one():
    for name, copies in [
        ("cumulative sum", 0),
        ("network", 0),
        ("lstm", 0),
        ("without slices", 0),
        ("changing places", 1),
        ("transposing", 1),
    ]:
        program = planned(SCANS[name].graph(np.float64, 0))
        (loop,) = (i.loop for i in program.instructions if i.loop is not None)
        stacks = {v.buffer for i in loop.body for v in i.outputs if i.op == "store_step" or v.step}
        assert len(loop.enter) == len(loop.begin.outputs) - len(stacks)
        assert sum(i.op == "carry" for i in loop.body) == copies, name


def test_a_carry_whose_rows_are_reversed_is_read_before_it_is_overwritten():
    """In the gradient; more rows than are computed at once."""

    def function(c, x):
        return cr.sum(cr.scan(lambda c, x: (cr.tanh(c[::-1] * x), None), c, x)[0])

    rng = np.random.default_rng(0)
    args = rng.normal(size=(400, 3)), rng.normal(size=(4, 400, 3))
    program = agree(cr.trace(lambda *args: list(cr.grad(function, (0, 1))(*args)), *args), args)
    check(program)
    assert set(loops(program)) == {"loop"}


def test_only_what_is_used_is_computed():
    def function(x):
        def body(c, x):
            a, b = c
            return (a + x, cr.exp(b)), (a * x, cr.sin(b))

        (a, _), (ys, _) = cr.scan(body, (x[0], x[1]), x)
        return [a, ys]

    x = np.random.default_rng(0).normal(size=(6, 3))
    program = agree(cr.trace(function, x), [x])
    (loop,) = (i.loop for i in program.instructions if i.loop is not None)
    operations = {m.op for i in loop.body for m in i.micro}
    assert operations == {"add", "mul"}
    assert len(loop.begin.outputs) == 2


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (lambda c, x: (c[:, np.array([2, 0, 1])] + x, c), "its body calls getitem"),
        (lambda c, x: (cr.inv(c + 5 * np.eye(3)) + x, c), "its body calls inv"),
    ],
)
def test_a_body_that_needs_a_reference_value_is_a_call_that_says_so(body, why):
    x = np.random.default_rng(0).normal(size=(5, 3, 3))
    program = agree(cr.trace(lambda x: list(cr.scan(body, x[0], x)), x), [x])
    assert loops(program) == ["call"]
    assert why in str(program)
    assert not any("eye" in b.name or b.size == 9 for b in program.constants)


def test_integers_are_carried_and_sliced():
    def function(labels, x):
        def body(c, xs):
            last, total = c
            label, x = xs
            return (label, total + x @ cr.one_hot(label, 4)), (last, label)

        (last, total), (before, each) = cr.scan(body, (labels[0] * 0, cr.sum(x)), (labels, x))
        return [last, total, before, each]

    args = np.array([3, 1, 2, 0, 1]), np.random.default_rng(0).normal(size=(5, 4))
    program = agree(cr.trace(function, *args), args)
    check(program)
    assert loops(program) == ["loop"]


def test_no_step_and_no_numbers():
    x = np.ones((3, 0))
    for function, args in [
        (lambda x: list(cr.scan(lambda c, _: (c * 2.0, c), x, length=0)), [np.ones(3)]),
        (lambda x: list(cr.scan(lambda c, x: (c + x, c), x[0], x)), [x]),
    ]:
        graph = cr.trace(function, *args)
        check(planned(graph))
        agree(graph, args)


def test_the_listing_shows_the_body():
    w, x = cr.spec((4, 4)), cr.spec((6, 3, 4))
    graph = cr.trace(
        lambda w, x: cr.scan(lambda h, x: (cr.tanh(h @ w + x), h), x[0], x, reverse=True)[1],
        w,
        x,
    )
    listing = Path(__file__).parent / "loop.txt"
    assert str(planned(graph)).splitlines()[1:] == listing.read_text(encoding="utf-8").splitlines()


def test_planning_does_not_grow_with_the_length():
    programs = [
        planned(cr.trace(lambda *a: list(cr.grad(network, (0, 1, 2))(*a)), *specs(steps)))
        for steps in (5, 1000)
    ]
    few, many = ([i.op for i in flattened(p.instructions)] for p in programs)
    assert few == many
    assert len(many) < 60
    assert len(Runner(programs[0]).code.table) == len(Runner(programs[1]).code.table)


def specs(steps: int) -> list[Any]:
    return [cr.spec(s) for s in ((4, 5), (5, 5), (5,), (3, 5), (steps, 3, 4))]


def test_memory_grows_by_what_is_stacked():
    """For each step the input with its gradient, the carry, and cotangents of state and sum."""
    sizes = [
        planned(
            cr.trace(lambda *a: list(cr.grad(network, tuple(range(5)))(*a)), *specs(steps))
        ).size
        for steps in (500, 1000)
    ]
    assert sizes[1] - sizes[0] <= 8 * (500 * (2 * 12 + 5 * 15) + 200)


def test_the_first_number_that_is_not_finite_is_named_with_its_step():
    def function(x):
        c, ys = cr.scan(lambda c, x: ((c / x).named("ratio"), c), 1.0, x)
        return cr.sum(ys) + c

    x = np.array([1.0, 2.0, 0.0, 1.0])
    runner = Runner(planned(cr.trace(function, x)))
    arena = runner.arena()
    runner.load_constants(arena)
    arena.entries(runner.program.inputs[0])[:] = x
    assert runner.first_not_finite(arena) == "ratio (fused) in step 2 of v0"
    x[2] = 4.0
    arena.entries(runner.program.inputs[0])[:] = x
    assert runner.first_not_finite(arena) is None
    expected = Evaluator(runner.program.graph)(x)[0]
    np.testing.assert_allclose(arena.entries(runner.program.outputs[0])[0], expected, rtol=1e-12)


def test_in_a_scan_in_a_scan_both_steps_are_named():
    def function(x):
        def outer(c, row):
            last, _ = cr.scan(lambda d, e: ((d / e).named("ratio"), None), c, row, reverse=True)
            return last, None

        return cr.scan(outer, 1.0, x)[0]

    x = np.ones((3, 4))
    x[1, 2] = 0.0
    runner = Runner(planned(cr.trace(function, x)))
    arena = runner.arena()
    runner.load_constants(arena)
    arena.entries(runner.program.inputs[0])[:] = x.reshape(-1)
    found = runner.first_not_finite(arena)
    assert found == "ratio (fused) in step 2 of v0 in step 1 of v0"


@DTYPES
def test_training_a_recurrent_network(dtype):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(24, 7, 3)).astype(dtype), rng.normal(size=(24, 2)).astype(dtype)
    batches = rng.permutation(24).reshape(3, 8)
    losses, parameters = [], []
    for engine in ("compiled", "reference"):
        model = nn.Sequential(Recurrent(3, 5, 1, dtype), nn.Linear(5, 2, seed=3, dtype=dtype))
        stepper = make_stepper(model, mse, Adam(), x, y, engine=engine)
        losses.append(stepper.run([*batches] * 4, 0.01))
        parameters.append(stepper.parameters)
        if engine == "compiled":
            assert isinstance(stepper, CompiledStepper)
            assert stepper._steps[8].runner.compiled
    tolerance = 1e-10 if dtype == np.float64 else 1e-3
    np.testing.assert_allclose(losses[0], losses[1], rtol=tolerance)
    np.testing.assert_allclose(parameters[0], parameters[1], rtol=tolerance, atol=tolerance)


def test_an_error_in_training_names_the_step_of_time():
    x, y = np.ones((4, 7, 3)), np.zeros((4, 5))
    x[2, 3, 1] = 1e200
    model = Recurrent(3, 5, 1, np.float64, lambda z: z * z)
    stepper = make_stepper(model, mse, Adam(), x, y, engine="compiled")
    with pytest.raises(TrainingError, match=r"first seen in .* in step 3 of "):
        stepper.run([np.arange(4)], 0.01)


def test_predictions_of_many_rows_by_several_threads(monkeypatch):
    """Blocks of rows of a product are claimed only once: not in a loop."""
    monkeypatch.setattr("chainrule.engine.inference.prediction_plan.thread_limit", lambda: 2)
    model = Recurrent(3, 64, 1, np.float64)
    x = np.random.default_rng(0).normal(size=(600, 7, 3))
    ranks = []
    real = bound_program.run_parallel

    def counted(n: int, *args: Any, **options: Any) -> Any:
        ranks.append(n)
        return real(n, *args, **options)

    monkeypatch.setattr(bound_program, "run_parallel", counted)
    found = model.predict(x)
    compare(found, model(x).value, np.dtype(np.float64))
    assert ranks == [2]


def lstm(w: Any, u: Any, b: Any, xs: Any) -> Any:
    """A cell whose gates are slices of one product, as they are written for speed."""
    width = u.shape[1]

    def cell(carry, x):
        h, c = carry
        z = x @ w.T + h @ u.T + b
        i, f, g, o = (z[:, k * width : (k + 1) * width] for k in range(4))
        c = cr.sigmoid(f) * c + cr.sigmoid(i) * cr.tanh(g)
        h = cr.sigmoid(o) * cr.tanh(c)
        return (h, c), h

    zeros = np.zeros((xs.shape[1], width), xs.dtype)
    _, hs = cr.scan(cell, (zeros, zeros), xs)
    return cr.sum(hs**2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_cell_with_sliced_gates_and_its_gradient_run_without_a_call(dtype):
    rng = np.random.default_rng(0)
    shapes = [(20, 3), (20, 5), (20,), (7, 4, 3)]
    args = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    graph = cr.trace(lambda *a: [lstm(*a), *cr.grad(lstm, (0, 1, 2, 3))(*a)], *args)
    program = agree(graph, args, dtype)
    assert set(loops(program)) == {"loop"}
    assert "no calls" in str(program)
