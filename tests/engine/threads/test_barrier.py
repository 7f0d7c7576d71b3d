"""Teams: all threads barrier, every share is done once, and no digit depends on their number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.engine.interpreter.interpreter import execute
from chainrule.engine.interpreter.runner import Runner, entries
from chainrule.engine.kernels.custom import KERNELS
from chainrule.engine.threads import schedule
from chainrule.engine.threads.barrier import barrier, share
from chainrule.engine.threads.pool import run_parallel
from chainrule.nn import BatchNorm, Dropout, LayerNorm, Linear, ReLU, Sequential, Tanh
from chainrule.ops.losses import cross_entropy
from chainrule.program import plan
from chainrule.train.optimizers import Adam
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.compiled import CompiledStepper, step_program


@settings(deadline=None)  # the first call compiles
@given(st.integers(0, 200), st.integers(1, 20), st.integers(1, 6))
def test_shares_cover_everything_once(n, grain, ranks):
    shares = [share(n, grain, rank, ranks) for rank in range(ranks)]
    assert [place for a, b in shares for place in range(a, b)] == list(range(n))
    assert all(a % grain == 0 or a == n for a, _ in shares)


def test_meetings_keep_threads_together():
    seen = np.zeros((3, 50), np.int64)

    def work(rank, ranks, counter):
        goal = 0
        for turn in range(50):
            seen[rank, turn] = 1
            goal = barrier(counter, goal, ranks)
            assert seen[:, turn].all(), "someone went on before all had arrived"
        return rank

    assert run_parallel(3, work) == 0


def test_an_error_in_a_thread_is_raised():
    def work(rank, ranks, counter):
        if rank == 1:
            raise ValueError("in a thread")

    with pytest.raises(ValueError, match="in a thread"):
        run_parallel(2, work)


def trained(ranks, monkeypatch, dtype=np.float32):
    """Everything a training run leaves behind, on a net large enough to be shared out."""
    monkeypatch.setattr(step_program, "thread_limit", lambda: ranks)
    monkeypatch.setattr(schedule, "MEETING", 0)
    monkeypatch.setattr(schedule, "LITTLE", 60)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 20)).astype(dtype), rng.integers(0, 5, 64)
    layers = [Linear(20, 48, dtype=dtype, seed=1), BatchNorm(48, dtype=dtype), ReLU(), Dropout(0.2)]
    layers += [Linear(48, 32, dtype=dtype, seed=2), LayerNorm(32, dtype=dtype), Tanh()]
    layers += [Linear(32, 5, dtype=dtype, seed=3)]
    clipping = Clipping(norm=1.0)
    stepper = CompiledStepper(
        Sequential(*layers), cross_entropy, Adam(1e-2), x, y, clipping=clipping
    )
    losses = stepper.run([rng.permutation(64)[:48] for _ in range(12)], 1e-2)
    assert stepper._steps[48].runner.code.ranks == ranks
    state = stepper.state()
    return [losses, *state.parameters.values(), *state.buffers.values(), *state.slots.values()]


@pytest.mark.parametrize("ranks", [2, 3])
def test_training_is_the_same_to_the_last_bit(ranks, monkeypatch):
    alone = trained(1, monkeypatch)
    for one, other in zip(alone, trained(ranks, monkeypatch), strict=True):
        assert np.array_equal(one, other)


def test_little_work_is_not_shared():
    import chainrule as cr

    graph = cr.trace(lambda x, w: cr.relu(x @ w), cr.spec((4, 4)), cr.spec((4, 4)))
    groups = dict.fromkeys(graph.inputs, "input")
    program = plan(
        graph, np.dtype(float), groups=groups, outputs=[("y", "output")], kernels=KERNELS
    )
    assert Runner(program, 4).code.ranks == 1
    assert schedule.schedule(program.instructions, 4).alone == [True]


def test_threads_of_a_program_that_meet_make_what_one_makes(monkeypatch):
    import chainrule as cr

    monkeypatch.setattr(schedule, "MEETING", 0)
    monkeypatch.setattr(schedule, "LITTLE", 0)
    graph = cr.trace(
        lambda x, w: cr.softmax(cr.exp(x @ w) / 50 - cr.mean(x, 0), -1),
        cr.spec((40, 33)),
        cr.spec((33, 33)),
    )
    groups = dict.fromkeys(graph.inputs, "input")
    program = plan(
        graph, np.dtype(float), groups=groups, outputs=[("y", "output")], kernels=KERNELS
    )
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(40, 33)), rng.normal(size=(33, 33)) / 6
    runner = Runner(program, 3)
    A, integers = runner.arenas()
    for buffer, value in zip(program.inputs, (x, w), strict=True):
        entries(buffer, A, integers)[:] = value.ravel()
    runner.prepare(A, integers)
    code = runner.code
    assert code.ranks == 3

    def work(rank, ranks, counter):
        last = len(code.table)
        return execute(
            code.table, 0, last, code.micro, code.params, A, integers, rank, ranks, counter, 0
        )

    run_parallel(3, work)
    np.testing.assert_array_equal(
        entries(program.outputs[0], A, integers).reshape(40, 33), Runner(program)(x, w)[0]
    )
