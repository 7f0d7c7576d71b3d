"""No thread writes what another one reads or writes between two barriers, in whole programs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import chainrule as cr
from autodiff.programs import programs
from chainrule import nn
from chainrule.engine.instructions import RECORDS
from chainrule.engine.instructions.record import SCRATCH_DISTANCE
from chainrule.engine.instructions.registry import by_rows, nanoseconds, shared
from chainrule.engine.threads.schedule import Tuning, schedule
from chainrule.ops.losses import cross_entropy, mse
from chainrule.program import Program, flattened
from chainrule.train.steps.tracing import trace_training
from engine.comparison import planned
from engine.elementwise_graphs import elementwise_graphs
from engine.scans import SCANS
from engine.test_random_graphs import all_values
from engine.threads.races import SHARE_EVERYTHING, Threads
from nn.every_layer import LAYERS, WIDTH, inputs

RANKS = [2, 3, 4, 8]
EXAMPLES = settings(
    max_examples=30,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TUNINGS = [SHARE_EVERYTHING, Tuning(sharing_cost=20, barrier_cost=0), Tuning(barrier_cost=0)]


def check(program: Program, ranks: int) -> None:
    """No races, whatever part of the instructions is shared out."""
    threads = Threads(program, ranks)
    for index, instruction in enumerate(flattened(program.instructions)):
        if instruction.op != "call":
            threads.check_shares(index)
    for tuning in TUNINGS:
        plan = schedule(program.instructions, ranks, nanoseconds, shared, by_rows, tuning)
        assert threads.races(plan) == []


def training_step(model: nn.Layer, rows: int, width: int, loss: Any, dtype: Any) -> Program:
    some = inputs(model, (rows, width), np.random.default_rng(0), dtype)
    x = cr.spec(some.shape, some.dtype)
    outputs = cr.trace(lambda x: model(x), x).outputs[0].spec.shape
    y = cr.spec(rows, int) if loss is cross_entropy else cr.spec(outputs, dtype)
    return planned(trace_training(model, loss, x, y).graph, dtype)


@pytest.mark.parametrize("name", LAYERS)
def test_a_step_of_every_layer(name):
    program = training_step(LAYERS[name](np.float32), 9, WIDTH, mse, np.float32)
    for ranks in RANKS:
        check(program, ranks)


def classifier() -> Program:
    model = nn.mlp(12, (40, 24), 5, batch_norm=True, dropout=0.2, seed=1)
    return training_step(model, 33, 12, cross_entropy, np.float64)


@pytest.mark.parametrize("ranks", RANKS)
def test_a_step_of_a_classifier(ranks):
    check(classifier(), ranks)


@pytest.mark.parametrize("ranks", RANKS)
def test_a_product_of_a_tall_matrix(ranks):
    x, w = cr.spec((300, 20)), cr.spec((20, 40))
    check(planned(cr.trace(lambda x, w: cr.relu(x @ w) @ w.T, x, w)), ranks)


@EXAMPLES
@given(programs(), st.sampled_from(RANKS))
def test_random_graphs_with_their_gradients(program, ranks):
    leaves = [cr.spec(shape) for shape in program.shapes]
    check(planned(cr.trace(lambda *args: all_values(program, *args), *leaves)), ranks)


@EXAMPLES
@given(elementwise_graphs(), st.sampled_from(RANKS))
def test_random_elementwise_graphs(drawn, ranks):
    check(planned(drawn.graph(np.float64)), ranks)


def test_a_missing_barrier_is_found():
    program = classifier()
    threads, plan = (
        Threads(program, 3),
        schedule(program.instructions, 3, nanoseconds, shared, by_rows, SHARE_EVERYTHING),
    )
    barriers = [index for index, barrier in enumerate(plan.barrier) if barrier]
    assert barriers
    for missing in barriers:
        barrier = [here and index != missing for index, here in enumerate(plan.barrier)]
        found = threads.races(plan._replace(barrier=barrier))
        assert found, f"no race without the barrier before instruction {missing}"
        assert found[0].instruction >= missing


def test_instructions_shared_out_without_need_are_found():
    """What thread 0 runs alone needs fewer barriers than if it were shared."""
    program = classifier()
    plan = schedule(program.instructions, 3, nanoseconds, shared, by_rows, Tuning(barrier_cost=0))
    assert Threads(program, 3).races(plan._replace(single=[False] * len(plan.single)))


def test_scratch_memory_that_threads_share_is_found():
    threads = Threads(classifier(), 3)
    for row in threads.table:
        record = RECORDS[row[0]]
        if SCRATCH_DISTANCE in record.fields:
            row[record.column(SCRATCH_DISTANCE)] = 0
    instructions = threads.program.instructions
    assert threads.races(schedule(instructions, 3, nanoseconds, shared, by_rows, SHARE_EVERYTHING))
    product = next(index for index, i in enumerate(instructions) if i.op == "gemm")
    with pytest.raises(AssertionError, match="not its own"):
        threads.check_shares(product)


LOOPS = {name: case for name, case in SCANS.items() if case.engine}


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("derivative", [0, 1])
def test_loops_and_their_gradients(name, derivative):
    program = planned(LOOPS[name].graph(np.float64, derivative))
    assert any(one.begun_loop for one in program.instructions)
    for ranks in (2, 3):
        check(program, ranks)


def test_a_missing_barrier_in_a_loop_is_found():
    program = planned(LOOPS["network"].graph(np.float64, 1))
    threads = Threads(program, 3)
    plan = schedule(program.instructions, 3, nanoseconds, shared, by_rows, SHARE_EVERYTHING)
    barriers = [index for index, barrier in enumerate(plan.barrier) if barrier]
    inside = [i for i in barriers if threads.instructions[i] not in program.instructions]
    assert len(inside) >= 4
    for missing in inside:
        barrier = [here and index != missing for index, here in enumerate(plan.barrier)]
        assert threads.races(plan._replace(barrier=barrier)), f"none without {missing}"


def test_what_the_step_before_has_read_is_not_overwritten_too_early():
    """A barrier that only the second step of a loop shows to be needed."""
    h, x = cr.spec(3), cr.spec((5, 3, 4))
    program = planned(
        cr.trace(lambda h, x: cr.scan(lambda c, x: (cr.sum(x, 1), None), h, x)[0], h, x)
    )
    (loop,) = (one.loop for one in program.instructions if one.loop is not None)
    one_step = [*loop.enter, *loop.body]
    straight = schedule(one_step, 3, nanoseconds, shared, by_rows, SHARE_EVERYTHING)
    plan = schedule([loop.begin], 3, nanoseconds, shared, by_rows, SHARE_EVERYTHING)
    assert sum(plan.barrier) > sum(straight.barrier)
