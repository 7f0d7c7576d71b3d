"""Column-major weights: which ones are chosen, and that results do not depend on the choice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule import nn
from chainrule.engine import Runner
from chainrule.graph import Evaluator, Graph
from chainrule.ops.losses import mse
from chainrule.program.column_major import MIN_ROWS, only_transposed
from chainrule.train.steps.tracing import trace_training
from engine.comparison import compare, planned
from program.checker import check

W, X = cr.spec((MIN_ROWS, 3)), cr.spec((5, 3))


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda w, x: x @ w.T, True),
        (lambda w, x: cr.relu(x @ w.T + 1) ** 2, True),
        (lambda w, x: w @ x.T, False),
        (lambda w, x: w.T.sum() + x, False),
        (lambda w, x: x @ w.T + w.sum(), False),
        (lambda w, x: (x @ w.T) @ w, False),
        (lambda w, x: (x @ w.T).sum() + (x @ w.T * 2).sum() + (w.T * 3).sum(), False),
        (lambda w, x: [x @ w.T, w], False),
        (lambda w, x: [x @ w.T, w.T], False),
        (lambda w, x: w.T.T @ x.T, False),
        (lambda w, x: x + 1, False),
    ],
)
def test_a_single_use_as_a_transposed_right_factor(function, expected):
    graph = cr.trace(function, W, X)
    assert only_transposed(graph, ["w"]) == ({"w"} if expected else frozenset())


def test_weights_of_few_rows_stay_row_major():
    graph = cr.trace(lambda w, x: x @ w.T, cr.spec((MIN_ROWS - 1, 3)), X)
    assert not only_transposed(graph, ["w"])


def test_vectors_stay_row_major():
    assert not only_transposed(cr.trace(lambda w, x: x @ w.T, cr.spec(3), X), ["w"])


def step_of(model: nn.Layer, rows: int) -> Graph:
    x, y = cr.spec((rows, 4)), cr.spec((rows, 3))
    return trace_training(model, mse, x, y).graph


def test_only_first_weights_in_training():
    """The gradient flows back through later weights, which reads them untransposed."""
    model = nn.mlp(4, (20, 20), 3, seed=1)
    assert only_transposed(step_of(model, 7), model.parameters()) == {"layers.0.weight"}


@settings(max_examples=40, derandomize=True, database=None, deadline=None)
@given(
    st.integers(1, 40),
    st.integers(1, 6),
    st.lists(st.integers(1, 40), max_size=2),
    st.sampled_from([np.float32, np.float64]),
    st.booleans(),
    st.data(),
)
@pytest.mark.slow
def test_a_step_does_not_depend_on_the_layout_of_its_weights(
    rows, width, hidden, dtype, often, data
):
    """Whichever weights are column-major, also those that `only_transposed` would not choose."""
    model = nn.mlp(width, tuple(hidden), 3, activation="tanh", dtype=dtype, seed=1)
    parameters = model.parameters()
    graph = trace_training(
        model, mse, cr.spec((rows, width), dtype), cr.spec((rows, 3), dtype)
    ).graph
    n = len(parameters)
    matrices = [i for i, tensor in enumerate(parameters.values()) if len(tensor.shape) == 2]
    transposed = data.draw(st.lists(st.sampled_from(matrices), unique=True))
    nodes = [node for i in transposed for node in (graph.inputs[i], graph.outputs[1 + i])]
    program = planned(graph, dtype, transposed=nodes)
    check(program)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(rows, width)), rng.normal(size=(rows, 3))
    values = [t.value for t in parameters.values()]
    rest = [np.int64(1), x.astype(dtype), y.astype(dtype)]
    expected = Evaluator(graph)(*values, *rest)
    stored = [value.T if i in transposed else value for i, value in enumerate(values)]
    found = Runner(program, often=often)(*stored, *rest)
    for i, (one, other) in enumerate(zip(found, expected, strict=True)):
        if 1 <= i <= n and i - 1 in transposed:
            one = one.reshape(one.shape[::-1]).T
        compare(one, other, np.dtype(dtype), scale=1.0)


def test_no_weight_is_copied_or_transposed():
    """The products of a first layer read and write its weight in its own layout."""
    model = nn.mlp(4, (20,), 3, seed=1)
    graph = step_of(model, 7)
    program = planned(graph, transposed=[graph.inputs[0], graph.outputs[1]])
    touching = [
        instruction
        for instruction in program.instructions
        if any(
            v.buffer in (program.inputs[0], program.outputs[1])
            for v in (*instruction.inputs, *instruction.outputs)
        )
    ]
    assert [instruction.op for instruction in touching] == ["gemm", "gemm"]
    assert [i.inputs[1].contiguous for i in touching] == [True, True]
    assert "layers.0.weightᵀ[4×20]" in str(program)
