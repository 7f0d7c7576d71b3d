"""Models of several inputs and outputs: trees at the edges, tensors inside."""

from __future__ import annotations

import subprocess
import sys
from typing import NamedTuple

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import OptionError, ShapeError
from chainrule.ops.tensor import constant
from chainrule.train.data.arrays import from_arrays
from nn.window_layers import WINDOW_LAYERS

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 4))


class Two(nn.Layer):
    """Two inputs in a dict and a tuple; three outputs in a dict, a tuple and a list."""

    def __init__(self, dtype=np.float64) -> None:
        self.a, self.b = nn.Linear(3, 2, seed=1, dtype=dtype), nn.Linear(4, 2, seed=2, dtype=dtype)
        super().__init__(children={"a": self.a, "b": self.b})

    def apply(self, scope, x):
        a = self.a.apply(scope.child("a"), x["a"])
        b = self.b.apply(scope.child("b"), x["b"][0])
        return {"sum": a + b, "parts": (a, [cr.tanh(b)])}


class Heads(nn.Layer):
    """One input, a tuple of two outputs."""

    def __init__(self) -> None:
        self.body, self.head = nn.Linear(3, 2, seed=1), nn.Linear(2, 1, seed=2)
        super().__init__(children={"body": self.body, "head": self.head})

    def apply(self, scope, x):
        h = self.body.apply(scope.child("body"), x)
        return h, self.head.apply(scope.child("head"), h)


class Embedding(nn.Layer):
    """A row of a table for each index."""

    accepts = "integers"

    def __init__(self) -> None:
        slots = {"table": nn.Slot((5, 2), nn.initialiser("normal"))}
        super().__init__(slots=slots, seed=1)

    def apply(self, scope, x):
        return scope["table"][x]


def by_hand(model: Two, a, b):
    (wa, ca), (wb, cb) = (
        (p.value for p in layer.parameters().values()) for layer in (model.a, model.b)
    )
    a, b = a @ wa.T + ca, b @ wb.T + cb
    return {"sum": a + b, "parts": (a, [np.tanh(b)])}


def assert_same(found, expected, **tolerance):
    """The same containers in the same places, with close arrays."""
    assert type(found) is type(expected)
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for key, value in expected.items():
            assert_same(found[key], value, **tolerance)
    elif isinstance(expected, (tuple, list)):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other, **tolerance)
    else:
        np.testing.assert_allclose(found, expected, **tolerance)


def values(tree):
    if isinstance(tree, dict):
        return {key: values(part) for key, part in tree.items()}
    if isinstance(tree, (tuple, list)):
        return type(tree)(map(values, tree))
    return tree.value


def test_a_model_of_trees():
    model = Two()
    x = {"b": (B,), "a": A}
    expected = by_hand(model, A, B)
    assert_same(values(model(x)), expected, rtol=1e-12)
    assert_same(model.predict(x), expected, rtol=1e-12)
    assert_same(model.predict({"a": A[0], "b": (B[0],)}), by_hand(model, A[0], B[0]), rtol=1e-12)
    model.load({"a.bias": [5.0, 7.0]}, partial=True)  # is seen by a program that is bound already
    assert_same(model.predict(x), by_hand(model, A, B), rtol=1e-12)


def test_a_large_batch_of_trees_in_chunks():
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2500, 3)), rng.normal(size=(2500, 4))
    model = Two(np.float32)
    found = model.predict({"a": a, "b": (b,)})
    assert found["sum"].dtype == np.float32
    assert_same(found, by_hand(model, a, b), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("rows", [1, 7, 3000])
def test_several_outputs_of_one_input(rows: int):
    model, x = Heads(), np.random.default_rng(rows).normal(size=(rows, 3))
    h, y = model.predict(x)
    expected = model(x)
    np.testing.assert_allclose(h, expected[0].value, rtol=1e-12)
    np.testing.assert_allclose(y, expected[1].value, rtol=1e-12)
    first = h.copy()
    model.predict(x + 1)
    np.testing.assert_array_equal(h, first)  # results are new arrays


def test_inputs_that_are_returned():
    class Both(nn.Layer):
        def apply(self, scope, x):
            return [x[1], x[0], x[1]]

    found = Both().predict((A, B))
    assert_same(found, [B, A, B], rtol=0)


class Pair(NamedTuple):
    left: object
    right: object


def test_named_tuples_keep_their_names():
    class Swapped(nn.Layer):
        def apply(self, scope, x):
            return Pair(x.right * 2.0, x.left)

    found = Swapped().predict(Pair(A, B))
    assert isinstance(found, Pair)
    np.testing.assert_array_equal(found.left, B * 2)


def test_integers_in_a_tree_stay_integers():
    class Tokens(nn.Layer):
        def __init__(self):
            self.table, self.linear = Embedding(), nn.Linear(3, 2, seed=3)
            super().__init__(children={"table": self.table, "linear": self.linear})

        def apply(self, scope, x):
            tokens, features = x
            rows = self.table.apply(scope.child("table"), tokens)
            return rows + self.linear.apply(scope.child("linear"), features)

    model, tokens = Tokens(), np.array([0, 4, 4, 1, 2])
    table = model.parameters()["table.table"].value
    expected = table[tokens] + model.linear(A).value
    np.testing.assert_allclose(model((tokens, A)).value, expected, rtol=1e-12)
    np.testing.assert_allclose(model.predict((tokens, A)), expected, rtol=1e-12)
    with pytest.raises(OptionError, match=r"table: expected a tensor of integers, got f64\[5\]"):
        model.predict((tokens + 0.5, A))


def test_a_list_of_arrays_is_one_input_as_ever():
    layer, rows = nn.Linear(3, 2, seed=1), list(A)
    for x in (
        rows,
        [list(map(float, row)) for row in A],
        tuple(A[0]),
        tuple(map(tuple, A.tolist())),
    ):
        np.testing.assert_array_equal(layer(x).value, layer(np.array(x)).value)
        np.testing.assert_array_equal(layer.predict(x), layer.predict(np.array(x)))


def test_gradients_through_a_tree():
    model = Two()
    a, b = cr.variables(a=A, b=B)
    y = model({"a": a, "b": (b,)})
    loss = cr.sum(y["sum"]) + cr.sum(y["parts"][0] ** 2)
    gradients = loss.gradients()
    out = by_hand(model, A, B)["parts"][0]
    w = model.a.parameters()["weight"].value
    np.testing.assert_allclose(gradients["a"].value, (1 + 2 * out) @ w, rtol=1e-12)


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_a_loss_sees_the_tree_of_outputs(engine: str):
    """One step on a loss of both outputs, against its gradient by hand."""
    target = RNG.normal(size=5)

    def loss(outputs, y):
        h, z = outputs
        return cr.mean((z - y) ** 2) + 0.1 * cr.mean(h**2)

    model = Heads()
    (w1, c1), (w2, c2) = (
        (p.value for p in layer.parameters().values()) for layer in (model.body, model.head)
    )
    h = A @ w1.T + c1
    z = h @ w2.T + c2
    dz = 2 * (z - target[:, None]) / 5
    dh = dz @ w2 + 0.2 * h / h.size
    before = float(((z[:, 0] - target) ** 2).mean() + 0.1 * (h**2).mean())
    data = from_arrays(A, target, task="regression")
    fitted = cr.fit(
        model,
        data,
        loss=loss,
        optimizer=cr.optimizers.SGD(0.1),
        epochs=1,
        batch_size="full",
        engine=engine,
    )
    assert fitted.history[0].train_loss == pytest.approx(before, rel=1e-12)
    np.testing.assert_allclose(
        model.body.parameters()["weight"].value, w1 - 0.1 * dh.T @ A, rtol=1e-10
    )
    assert fitted.report.metric is None
    assert fitted.report.train.metric is None
    assert not [name for name in fitted.report.to_dict() if name.endswith("r2")]
    assert fitted.report.residuals is None
    assert fitted.report.train.loss < before


@pytest.mark.parametrize("result", [None, (1.0,), {"a": A}])
def test_outputs_that_are_no_tensors(result):
    class Wrong(nn.Layer):
        def apply(self, scope, x):
            return result

    with pytest.raises(OptionError, match="Wrong: expected a tensor as output"):
        Wrong().predict(A)


ACCEPTED = {
    "a tuple": ((A, B), r"Linear: expected one tensor of floats, got a tuple of 2"),
    "a dict": ({"x": A}, r"Linear: expected one tensor of floats, got a dict of 1"),
    "integers": (
        constant(np.ones((5, 3), int)),
        r"Linear: .* got i64\[5,3\]; .* x.astype\(float\)",
    ),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_a_layer_accepts(case):
    x, words = ACCEPTED[case]
    with pytest.raises(OptionError, match=words):
        nn.Linear(3, 2)(x)


def test_the_error_names_the_layer_inside_of_a_model():
    model = nn.Sequential(nn.Linear(3, 2), nn.Tanh(), Embedding())
    with pytest.raises(
        OptionError, match=r"layers\.2: expected a tensor of integers, got f64\[5,2\]"
    ):
        model(A)


def test_a_model_that_takes_integers():
    model = nn.Sequential(Embedding(), nn.Linear(2, 3, seed=4))
    x = np.array([[1, 4], [0, 0]])
    expected = model.layers[1](model.parameters()["layers.0.table"].value[x]).value
    np.testing.assert_allclose(model(x).value, expected, rtol=1e-12)
    np.testing.assert_allclose(model.predict(x), expected, rtol=1e-12)
    np.testing.assert_allclose(model.predict(x.astype(np.uint8)), expected, rtol=1e-12)
    for call in (model, model.predict):
        with pytest.raises(OptionError, match=r"expected (a tensor of )?integers, got f"):
            call(x + 0.5)
    assert model.predict(x).dtype == np.float64


@pytest.mark.parametrize(
    "layer",
    [
        *(nn.BatchNorm(3), nn.LayerNorm(3), nn.Dropout(0.5), nn.Tanh(), nn.Softmax()),
        nn.EmbedColumns(3, {0: (2, 2)}),
        *(make(np.float64) for make in WINDOW_LAYERS.values()),
    ],
)
def test_every_layer_says_what_it_takes(layer):
    assert layer.accepts == "floats"
    with pytest.raises(
        OptionError, match=f"{layer.kind}: expected one tensor of floats, got a tuple"
    ):
        layer((A, A))


def test_what_an_embedding_and_a_recurrent_layer_take():
    assert nn.Embedding(3, 2).accepts == "integers"
    with pytest.raises(OptionError, match="Embedding: expected a tensor of integers, got f64"):
        nn.Embedding(3, 2).apply(nn.Embedding(3, 2).scope(), constant(A))
    for layer in (nn.RNN(3, 2), nn.LSTM(3, 2), nn.GRU(3, 2)):
        assert layer.accepts == "anything"
        with pytest.raises(OptionError, match=rf"{layer.kind}: expected .*, got a tuple of 3"):
            layer((A, A, A))


def test_one_tensor_needs_no_library_of_trees():
    code = (
        "import sys, numpy as np, chainrule as cr\n"
        "m = cr.nn.mlp(2, (3,), 1)\n"
        "m.predict(np.ones((4, 2))); m([[1.0, 2.0]]); m.predict([1, 2])\n"
        "print('optree' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_residual_block_needs_one_output():
    with pytest.raises(ShapeError, match=r"Residual: expected an inner layer .* gives tuple"):
        nn.Residual(Heads())(A)
