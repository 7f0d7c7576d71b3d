"""What runs without a call of Python: views, joins, cells with gates, and every layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.graph import Graph
from chainrule.ops.losses import mse
from chainrule.train.steps.tracing import trace_training
from engine.comparison import agree, planned
from engine.lstm import lstm_cell
from nn.window_layers import SAMPLES, WINDOW_LAYERS
from program.checker import check
from program.training import plan_training

DTYPES = [np.float64, np.float32]


def ops(function: Any, *args: Any) -> list[str]:
    """The opcodes of a function's program, which agrees with the reference evaluator."""
    arrays = [np.random.default_rng(0).normal(size=shape) for shape in args]
    program = agree(cr.trace(function, *arrays), arrays, scale=1.0)
    check(program)
    return [instruction.op for instruction in program.instructions]


def lstm_graph(dtype: Any, *, steps: int = 1, batch: int = 5) -> tuple[Graph, list[np.ndarray]]:
    """The loss of a state after some steps, and its gradients, with arguments for them."""
    rng = np.random.default_rng(0)
    shapes = [(batch, 3), (batch, 4), (batch, 4), (16, 3), (16, 4), (16,)]
    args = [rng.normal(size=shape).astype(dtype) for shape in shapes]

    def loss(x: Any, h: Any, c: Any, W: Any, U: Any, b: Any) -> cr.Tensor:
        for _ in range(steps):
            h, c = lstm_cell(x, h, c, W, U, b)
        return cr.sum(h * h) + cr.sum(c)

    def step(*args: Any) -> list[cr.Tensor]:
        value, pull = cr.vjp(loss, *args)
        return [value, *pull(np.ones((), dtype))]

    return cr.trace(step, *args), args


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("steps", [1, 3])
def test_a_cell_with_gates_trains_without_a_call(dtype, steps):
    graph, args = lstm_graph(dtype, steps=steps)
    program = agree(graph, args, dtype, scale=10.0)
    check(program)
    assert "no calls" in str(program).splitlines()[0]


def test_basic_indices_are_views():
    assert ops(lambda x: cr.exp(x[:, 1:3]), (4, 5)) == ["fused"]
    assert ops(lambda x: x[1:] @ x[:-1].T, (4, 5)) == ["gemm"]
    assert ops(lambda x: x[:, 1:4] @ x[:3, 2:], (6, 5)) == ["gemm"]
    assert ops(lambda x: cr.softmax(x[2:]) + x[2], (4, 5)) == ["softmax", "fused"]
    assert ops(lambda x: x[::-1, None] * x[..., 1:2], (4, 5)) == ["elementwise"]
    assert ops(lambda x: cr.stack([cr.exp(part) for part in x]), (3, 5)) == ["fused"] * 3


def test_parts_of_a_join_are_computed_in_their_place():
    assert ops(lambda x, y: cr.concatenate([cr.exp(x), cr.sin(y)]), (4, 5), (2, 5)) == ["fused"] * 2
    assert ops(lambda x, y: cr.concatenate([x @ y, x], 1), (4, 4), (4, 6)) == ["gemm", "fused"]
    assert ops(lambda x: cr.stack([cr.softmax(x), x]), (4, 5)) == ["softmax", "fused"]
    # the padding, and a product in the middle of it
    assert ops(lambda x: cr.pad(x @ x, 1), (4, 4)) == ["gemm", *["fused"] * 4]


def test_stacks_of_matrices_are_multiplied_by_one_instruction():
    assert ops(lambda x, y: x @ y, (3, 4, 5), (3, 5, 2)) == ["gemm_stack"]
    assert ops(lambda x, y: x @ y, (4, 5), (3, 5, 2)) == ["gemm_stack"]
    heads = lambda x: cr.transpose(cr.reshape(x, (2, 7, 3, 4)), (0, 2, 1, 3))  # noqa: E731
    attention = lambda x, y: heads(x) @ cr.swapaxes(heads(y), -1, -2)  # noqa: E731
    assert ops(attention, (2, 7, 12), (2, 7, 12)) == ["gemm_stack"]


def test_numbers_are_added_to_a_part_that_has_gaps():
    """The part is read before it is written: gradients of overlapping slices, with a row each."""

    def step(x: Any) -> list[cr.Tensor]:
        value, pull = cr.vjp(lambda x: cr.sin(x[:, :2]) + cr.cos(x[:, 1:3]), x)
        return [value, *pull(cr.exp(value))]

    x = np.random.default_rng(0).normal(size=(6, 5))
    program = agree(cr.trace(step, x), [x])
    assert str(program).count("out1 = add out1") == 1


def test_more_axes_than_kernels_loop_over_are_copied_slice_by_slice():
    shape = (2, 3, 2, 3, 2, 3, 2, 2)
    turn = lambda x: cr.exp(cr.transpose(x, (7, 5, 3, 1, 6, 4, 2, 0)))  # noqa: E731
    assert "call" not in ops(turn, shape)


def test_integers_are_copied_and_joined():
    def function(tokens: cr.Tensor, logits: cr.Tensor) -> list[cr.Tensor]:
        first, last = tokens[:, 0], tokens[:, -1]
        joined = cr.concatenate([first, tokens[::2, 1]])
        return [
            cr.one_hot(first, 4),
            cr.log_loss(logits, last),
            joined,
            cr.transpose(tokens),
            cr.pad(tokens[1:], 1, constant_values=3),
        ]

    rng = np.random.default_rng(0)
    args = [rng.integers(0, 4, (5, 3)), rng.normal(size=(5, 4))]
    program = agree(cr.trace(function, *args), args)
    check(program)
    assert "call" not in {instruction.op for instruction in program.instructions}


LAYERS = {
    **{name: lambda name=name: nn.activation(name) for name in nn.ACTIVATIONS},
    "attention": lambda: nn.MultiHeadAttention(6, 2, causal=True, seed=3),
    "batch normalisation": lambda: nn.BatchNorm(6),
    "dropout": lambda: nn.Dropout(0.3),
    "embedded columns": lambda: nn.EmbedColumns(6, {0: (3, 2), 4: (9, 1)}),
    "function": lambda: nn.Lambda(lambda x, a: a(x) * x, a=nn.Linear(6, 6, seed=3)),
    "layer normalisation": lambda: nn.LayerNorm(6),
    "learned positions": lambda: nn.LearnedPositions(7, 6),
    "linear": lambda: nn.Linear(6, 6),
    "rnn": lambda: nn.RNN(6, 3, returns="outputs"),
    "lstm": lambda: nn.LSTM(6, 3, 2, bidirectional=True, dropout=0.3, returns="outputs"),
    "gru": lambda: nn.GRU(6, 3, returns="outputs"),
    "residual": lambda: nn.Residual(nn.Sequential(nn.Linear(6, 6), nn.Tanh())),
    "sinusoidal positions": lambda: nn.SinusoidalPositions(6),
    "transformer block": lambda: nn.TransformerBlock(6, 2, 8, dropout=0.2, seed=3),
    "decoder block": lambda: nn.TransformerDecoderBlock(6, 2, 8, dropout=0.2, seed=3),
}
"""A layer of every class, for inputs with six columns, but those of `WINDOW_LAYERS`."""

CALLS: dict[str, set[str]] = {}
"""By the name of a layer, the primitives that training it calls, and why."""


def test_every_class_of_layers_is_listed():
    known = {type(make()) for make in LAYERS.values()} | {nn.Sequential, nn.Layer, nn.Activation}
    known |= {*SAMPLES, nn.Embedding}  # codes are integers: see test_recurrent_layers.py
    classes = {c for c in vars(nn).values() if isinstance(c, type) and issubclass(c, nn.Layer)}
    assert classes - known == set()


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("rows", [(7,), (3, 5)], ids=["matrix", "stack of matrices"])
def test_layers_train_without_calls(name, rows):
    layer = LAYERS[name]()
    width = getattr(layer, "outputs", 6)
    model = nn.Sequential(nn.Linear(4, 6, seed=1), layer, nn.Linear(width, 2, seed=2))
    graph = trace_training(model, mse, cr.spec((*rows, 4)), cr.spec((*rows, 2))).graph
    program = plan_training(model, graph)
    check(program)
    called = {i.primitive.name for i in program.instructions if i.op == "call" and i.primitive}
    assert called == CALLS.get(name, set())


@pytest.mark.parametrize("name", WINDOW_LAYERS)
def test_layers_of_windows_and_channels_train_without_calls(name):
    layer = WINDOW_LAYERS[name](np.float64)
    x = cr.spec((3, *SAMPLES[type(layer)][1]))
    model = nn.Sequential(nn.Identity(), layer, nn.Tanh())
    graph = trace_training(model, mse, x, cr.spec(model(np.ones(x.shape)).shape)).graph
    program = plan_training(model, graph)
    check(program)
    assert {
        i.primitive.name for i in program.instructions if i.op == "call" and i.primitive
    } == set()


FUNCTIONS: dict[str, Any] = {
    "convolution": lambda x: cr.convolution(x, np.ones((2, 3, 2, 2)), padding=1, stride=2),
    "grouped convolution": lambda x: cr.convolution(x, np.ones((3, 1, 2, 2)), groups=3),
    "max pooling": lambda x: cr.max_pool(x, (2, 2)),
    "average pooling": lambda x: cr.avg_pool(x, (2, 2), padding=1, stride=1),
    "adaptive pooling": lambda x: cr.adaptive_avg_pool(x, (3, 3)),
    "rows by number": lambda x: x[0, 0][np.array([1, 0, 1])],
    "entries by number": lambda x: x[0, [1, 0, 1], 2],
    "running sums": lambda x: cr.cumsum(x, axis=1),
    "running sums backwards": lambda x: cr.cumsum(x[:, ::-1], axis=1)[..., ::-1],
    "determinants": lambda x: cr.slogdet(x[..., :5, :])[1],
    "sums over axes that are not adjacent": lambda x: cr.sum(x, (0, 2)),
}
"""Functions of images (2, 3, 6, 5)."""

CALLED = {
    "entries by number": dict.fromkeys(
        ("getitem", "put_add"), "an index with arrays, of another form than rows"
    ),
    "determinants": {"slogdet": "no opcode", "inv": "no opcode"},
}
"""By the name of a function, the primitives that it and its gradient call, and why."""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_without_calls(name):
    x = np.random.default_rng(0).normal(size=(2, 3, 6, 5))

    def step(x: Any) -> list[cr.Tensor]:
        value, pull = cr.vjp(FUNCTIONS[name], x)
        return [value, *pull(cr.cos(value))]

    graph = cr.trace(step, x)
    program = agree(graph, [x], scale=1.0)
    check(program)
    calls = [i for i in program.instructions if i.op == "call"]
    reasons = {i.primitive.name: i.attributes["reason"] for i in calls if i.primitive}
    assert reasons == CALLED.get(name, {})


def test_the_listing_counts_calls_and_gives_their_reasons():
    program = planned(cr.trace(lambda x: cr.exp(cr.inv(x)), cr.spec((2, 2))))
    header, call, reason, *_ = str(program).splitlines()
    assert header.endswith("1 of 2 are calls")
    assert "call inv" in call
    assert reason.strip() == "(no opcode)"
