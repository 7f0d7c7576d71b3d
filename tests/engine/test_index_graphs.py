"""Slices, joins and stacked products, with gradients: engine and reference evaluator agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

import chainrule as cr
from chainrule.engine.interpreter import Runner
from chainrule.engine.interpreter.interpreter import execute
from chainrule.engine.threads import run_parallel
from chainrule.engine.threads.schedule import MEASURED, Tuning
from chainrule.graph import Evaluator
from chainrule.program import Program
from engine.comparison import agree, compare, planned
from engine.index_graphs import IndexProgram, index_programs
from program.checker import check

EXAMPLES = settings(
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def all_values(program: IndexProgram, *leaves: Any) -> list[cr.Tensor]:
    """All values, and the gradients of a weighted sum of all of them."""

    def total(*args: Any) -> cr.Tensor:
        weighted = []
        for value in program.run(*args)[len(args) :]:
            weights = np.cos(np.arange(1.0, 1 + value.size)).reshape(value.shape)
            weighted.append(cr.sum(value * weights.astype(value.dtype)))
        return sum(weighted, start=cr.sum(args[0]))

    out, pull = cr.vjp(total, *leaves)
    return [*program.run(*leaves), out, *pull(np.ones((), out.dtype))]


@EXAMPLES
@given(index_programs())
@pytest.mark.slow
def test_random_slices_joins_and_products(program):
    rng = np.random.default_rng(0)
    for dtype in (np.float64, np.float32):
        leaves = [rng.uniform(-1.5, 1.5, shape).astype(dtype) for shape in program.leaves]
        graph = cr.trace(lambda *args: all_values(program, *args), *leaves)
        expected = Evaluator(graph)(*leaves)
        assume(all(np.abs(a).max(initial=0) < 1000 for a in expected))
        found = agree(graph, leaves, dtype, scale=10.0)
        check(found)
        assert not [i for i in found.instructions if i.op == "call"]


SHARE_EVERYTHING = Tuning(sharing_cost=0, barrier_cost=-1)
"""Threads share even the cheapest work."""


@EXAMPLES
@given(index_programs())
def test_two_threads_compute_the_same_digits(program):
    rng = np.random.default_rng(0)
    leaves = [rng.uniform(-1.5, 1.5, shape) for shape in program.leaves]
    graph = cr.trace(lambda *args: all_values(program, *args), *leaves)
    planned_program = planned(graph)
    alone = Runner(planned_program)(*leaves)
    for _ in range(3):
        together = run_with_threads(planned_program, 2, leaves, SHARE_EVERYTHING)
        for one, other in zip(alone, together, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_threads_write_parts_of_one_buffer(dtype):
    """Two threads write slices that a third instruction reads as a whole."""

    def cell(x: cr.Tensor, w: cr.Tensor) -> list[cr.Tensor]:
        z = x @ w
        n = z.shape[1] // 4
        i, f, g, o = (z[:, k * n : (k + 1) * n] for k in range(4))
        joined = cr.concatenate([cr.tanh(i) * f, cr.exp(g), o[::-1]], axis=1)
        padded = cr.pad(joined, ((1, 2), (3, 0)))
        return [joined @ w[: 3 * n], cr.sum(padded, 0), cr.stack([i, o], 1) @ w[:n]]

    rng = np.random.default_rng(1)
    args = [rng.normal(size=(160, 128)).astype(dtype), rng.normal(size=(128, 128)).astype(dtype)]
    graph = cr.trace(cell, *args)
    program = planned(graph, dtype)
    assert not [i for i in program.instructions if i.op == "call"]
    expected = Evaluator(graph)(*args)
    for one, other in zip(run_with_threads(program, 2, args), expected, strict=True):
        compare(one, other, np.dtype(dtype), scale=float(np.abs(other).max()))


def run_with_threads(
    program: Program, ranks: int, args: Sequence[np.ndarray], tuning: Tuning = MEASURED
) -> list[np.ndarray]:
    """The outputs, computed by `ranks` threads."""
    runner = Runner(program, ranks, tuning=tuning)
    code = runner.code
    arena = runner.arena()
    runner.load_constants(arena)
    for buffer, value in zip(program.inputs, args, strict=True):
        arena.entries(buffer)[:] = value.reshape(-1)
    floats, integers = arena.floats, arena.integers
    arguments = code.table, 0, len(code.table), code.micro, code.params, floats, integers
    run: Any = execute
    run_parallel(
        code.ranks,
        lambda rank, ranks, counter: run(*arguments, rank, ranks, counter, 0),
        claims=len(code.table),
        ends_at_barrier=True,
    )
    return [
        arena.entries(buffer).reshape(node.spec.shape).copy()
        for buffer, node in zip(program.outputs, program.graph.outputs, strict=True)
    ]
