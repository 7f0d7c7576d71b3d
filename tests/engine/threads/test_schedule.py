"""Schedules of programs for several threads: no digit depends on the number of threads."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine import Runner
from chainrule.engine.instructions.registry import by_rows, nanoseconds, shared
from chainrule.engine.interpreter.interpreter import execute
from chainrule.engine.threads import run_parallel
from chainrule.engine.threads.schedule import Tuning, schedule
from chainrule.nn import BatchNorm, Dropout, LayerNorm, Linear, ReLU, Sequential, Tanh
from chainrule.ops.losses import cross_entropy
from chainrule.train.optimizers import Adam
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.compiled import CompiledStepper
from engine.comparison import planned


def test_little_work_is_not_shared():
    graph = cr.trace(lambda x, w: cr.relu(x @ w), cr.spec((4, 4)), cr.spec((4, 4)))
    program = planned(graph)
    assert Runner(program, 4).code.ranks == 1
    assert schedule(program.instructions, 4, nanoseconds, shared, by_rows).single == [True]


def test_threads_compute_what_one_thread_computes():
    graph = cr.trace(
        lambda x, w: cr.cumsum(cr.cumsum(cr.softmax(cr.exp(x @ w) / 50 - cr.mean(x, 0), -1), 0), 1),
        cr.spec((40, 33)),
        cr.spec((33, 33)),
    )
    program = planned(graph)
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(40, 33)), rng.normal(size=(33, 33)) / 6
    runner = Runner(program, 3, tuning=Tuning(sharing_cost=0, barrier_cost=0))
    arena = runner.arena()
    for buffer, value in zip(program.inputs, (x, w), strict=True):
        arena.entries(buffer)[:] = value.ravel()
    runner.load_constants(arena)
    code = runner.code
    assert code.ranks == 3

    def work(rank, ranks, counter):
        last = len(code.table)
        floats, integers = arena.floats, arena.integers
        return execute(
            code.table, 0, last, code.micro, code.params, floats, integers, rank, ranks, counter, 0
        )

    run_parallel(3, work)
    np.testing.assert_array_equal(
        arena.entries(program.outputs[0]).reshape(40, 33), Runner(program)(x, w)[0]
    )


def trained(ranks, dtype=np.float32):
    """Losses and state after training a network that is large enough for several threads."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 20)).astype(dtype), rng.integers(0, 5, 64)
    layers = [Linear(20, 48, dtype=dtype, seed=1), BatchNorm(48, dtype=dtype), ReLU(), Dropout(0.2)]
    layers += [Linear(48, 32, dtype=dtype, seed=2), LayerNorm(32, dtype=dtype), Tanh()]
    layers += [Linear(32, 5, dtype=dtype, seed=3)]
    stepper = CompiledStepper(
        Sequential(*layers),
        cross_entropy,
        Adam(1e-2),
        {"x": x, "y": y},
        clipping=Clipping(norm=1.0),
        tuning=Tuning(threads=ranks, sharing_cost=60, barrier_cost=0),
    )
    losses = stepper.run([rng.permutation(64)[:48] for _ in range(12)], 1e-2)
    assert stepper._steps[48].runner.code.ranks == ranks
    state = stepper.state()
    return [losses, *state.parameters.values(), *state.buffers.values(), *state.slots.values()]


@pytest.mark.parametrize("ranks", [2, 3])
def test_training_is_the_same_to_the_last_bit(ranks):
    one_thread = trained(1)
    for one, other in zip(one_thread, trained(ranks), strict=True):
        assert np.array_equal(one, other)
