"""Planned programs: groups in order, outputs in their buffers, and programs that share an arena."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.engine import Runner
from chainrule.engine.interpreter.arena import Arena
from chainrule.ops.losses import cross_entropy
from chainrule.program import Buffer
from chainrule.train.steps.tracing import trace_training
from engine.comparison import agree, planned
from program.checker import check
from program.training import plan_training


@pytest.mark.parametrize("batch_norm", [False, True])
def test_the_groups_of_a_training_step(batch_norm):
    model = nn.mlp(5, (7, 6), 3, batch_norm=batch_norm, dropout=0.2, seed=1)
    graph = trace_training(model, cross_entropy, cr.spec((9, 5)), cr.spec(9, int)).graph
    fixed = {"parameter": 512, "buffer": 4096, "gradient": 8192, "update": 12_288}
    program = plan_training(model, graph, fixed=fixed, start=16_384)
    check(program)
    by_group: dict[str, list[Buffer]] = {}
    for buffer in (*program.inputs, *program.outputs):
        if buffer.dtype == program.dtype:
            by_group.setdefault(buffer.group, []).append(buffer)
    for group, offset in fixed.items():
        assert all(b.offset >= offset for b in by_group.get(group, []))
        if group in by_group:
            assert by_group[group][0].offset == offset
    assert [b.name for b in by_group["parameter"]] == list(model.parameters())
    assert [b.name for b in by_group["gradient"]] == [f"∂{name}" for name in model.parameters()]
    assert all(b.offset >= 16_384 for b in (*by_group["input"], *program.constants))


# outputs


def test_outputs_that_are_repeated_inputs_constants_or_used_further():
    def function(x, y):
        z = cr.exp(x)
        transposed = cr.transpose(z)
        constant = cr.ops.tensor.lift(np.arange(6.0).reshape(2, 3))
        return [z, z, transposed, x, x, constant, constant, cr.sum(transposed @ y), z * y, y, z]

    x, y = np.random.default_rng(0).normal(size=(2, 2, 3))
    check(agree(cr.trace(function, x, y), [x, y]))


def test_outputs_that_are_broadcast_or_reshaped():
    def function(x, n):
        total = cr.sum(x)
        wide = cr.broadcast_to(total, (3, 2))
        return [total, wide, cr.reshape(wide, 6), cr.transpose(wide), n, cr.reshape(n, 1), n + n]

    check(agree(cr.trace(function, np.ones((2, 2)), np.array(3)), [np.ones((2, 2)), np.array(3)]))


def test_integer_outputs_that_are_repeated():
    def function(n):
        return [n, n, cr.transpose(n), cr.transpose(n), n + 1, n + 1]

    n = np.arange(6).reshape(2, 3)
    check(agree(cr.trace(function, n), [n]))


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)])
def test_empty_arrays(shape):
    def function(x, n):
        return [
            x,
            cr.exp(x) + 1.0,
            cr.transpose(x) * 2.0,
            cr.sum(x),
            cr.sum(x, axis=-1),
            cr.concatenate([x, x]),
            n,
            n + 1,
            cr.one_hot(n, 4),
            cr.reshape(x, -1),
            cr.matmul(np.ones((2, 0)), cr.reshape(x, (0, 3))),
        ]

    x, n = np.zeros(shape), np.zeros(shape, int)
    check(agree(cr.trace(function, x, n), [x, n]))


# arenas


def test_programs_that_share_an_arena_do_not_disturb_each_other():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 6))
    numbers = [rng.normal(size=(6, 6)) for _ in range(2)]
    picks = [np.array([3, 1, 2]), np.array([0, 5, 5])]
    runners = [
        Runner(planned(cr.trace(lambda x, i=i: cr.tanh(x @ numbers[i])[picks[i]] * (i + 2.0), x)))
        for i in range(2)
    ]
    arena = Arena(max(r.code.size for r in runners), np.float64)
    arena.floats[:] = np.nan
    for _ in range(3):
        for i, runner in enumerate(runners):
            entry, result = runner.program.inputs[0], runner.program.outputs[0]
            runner.load_constants(arena)
            arena.entries(entry)[:] = x.reshape(-1)
            runner.run(arena)
            found = arena.entries(result).reshape(3, 6)
            expected = np.tanh(x @ numbers[i])[picks[i]] * (i + 2.0)
            np.testing.assert_allclose(found, expected, rtol=1e-12)
