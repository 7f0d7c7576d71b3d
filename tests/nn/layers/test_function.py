"""Layers of one's own, and parameters that two layers share."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import ChainruleError

RNG = np.random.default_rng(0)


def two_heads() -> nn.Lambda:
    """A model of two inputs and two outputs."""

    @nn.function(
        image=nn.Linear(3, 4, seed=1), age=nn.Linear(1, 4, seed=2), kind=nn.Linear(4, 2, seed=3),
        price=nn.Linear(4, 1, seed=4), scale=[0.5],
    )  # fmt: skip
    def model(x: Any, image: Any, age: Any, kind: Any, price: Any, scale: Any) -> Any:
        h = np.tanh(image(x["image"]) + scale * age(x["age"]))
        return {"kind": kind(h), "price": price(h)}

    return model


def by_hand(p: dict[str, Any], image: Any, age: Any) -> tuple[Any, Any]:
    h = image @ p["image.weight"].T + p["image.bias"]
    h = np.tanh(h + p["scale"] * (age @ p["age.weight"].T + p["age.bias"]))
    kind = h @ p["kind.weight"].T + p["kind.bias"]
    return kind, h @ p["price.weight"].T + p["price.bias"]


def test_two_inputs_and_two_outputs_from_fit_to_explain(tmp_path):
    model = two_heads()
    image, age = RNG.normal(size=(40, 3)), RNG.normal(size=(40, 1))
    label, cost = (image[:, 0] > 0).astype(int), image[:, :1] + age
    x, y = {"image": image, "age": age}, {"kind": label, "price": cost}

    def loss(outputs: Any, answers: Any) -> Any:
        kind = cr.cross_entropy(outputs["kind"], answers["kind"])
        return kind + cr.mse(outputs["price"], answers["price"])

    fitted = cr.fit(model, (x, y), loss=loss, epochs=60, learning_rate=0.05)
    assert fitted.history[-1].train_loss < 0.2 * fitted.history[0].train_loss
    values = {name: tensor.value for name, tensor in model.parameters().items()}
    kind, price = by_hand(values, image, age)
    found = model.predict(x)
    np.testing.assert_allclose(found["kind"], kind, rtol=1e-10)
    np.testing.assert_allclose(found["price"], price, rtol=1e-10)

    np.savez(tmp_path / "weights.npz", **values)
    other = two_heads()
    with np.load(tmp_path / "weights.npz") as stored:
        other.load(stored)
    np.testing.assert_array_equal(other.predict(x)["price"], found["price"])

    row = {"image": image[:1], "age": age[:1]}
    one = loss(model(row), {"kind": label[:1], "price": cost[:1]})
    step = 1e-6
    up, down = (_shifted(model, values, sign * step, row, label[:1], cost[:1], loss)
                for sign in (1, -1))  # fmt: skip
    explained = cr.explain(one, wrt="age.weight[1,0]")
    slope = one.gradients()["age.weight"].value[1, 0]
    assert slope == pytest.approx((up - down) / (2 * step), rel=1e-6)
    assert "age.weight[1, 0]" in str(explained)


def _shifted(
    model: Any, values: Any, by: float, row: Any, label: Any, cost: Any, loss: Any
) -> float:
    changed = copy.deepcopy(model)
    weight = values["age.weight"].copy()
    weight[1, 0] += by
    changed.load({"age.weight": weight}, partial=True)
    return loss(changed(row), {"kind": label, "price": cost}).item()


def test_parts_are_named_listed_and_recorded():
    model = nn.Sequential(two_heads(), seed=5)
    assert list(model.parameters())[:2] == ["layers.0.scale", "layers.0.image.weight"]
    shown = nn.summary(two_heads().children["image"])  # type: ignore[arg-type]
    assert [row.parameters for row in shown] == [16]
    gate = nn.Lambda(lambda x, a, scale: scale * a(x), a=nn.Linear(2, 2), scale=np.ones(2))
    rows = nn.summary(nn.Sequential(nn.Linear(3, 2), gate))
    assert [(row.name, row.parameters) for row in rows] == [
        ("layers.0", 8),
        ("layers.1", 2),
        ("layers.1.a", 6),
    ]


def test_a_function_that_takes_the_scope():
    layer = nn.Lambda(lambda x, scope: x * 2.0 if scope.training else x)
    assert layer([1.0], training=True).value == 2.0
    assert layer([1.0]).value == 1.0


def test_arrays_are_copied_and_keep_their_precision():
    start = np.ones(2, np.float32)
    layer = nn.Lambda(lambda x, w: x * w, w=start)
    start[:] = 7.0
    assert layer.dtype == np.float32
    np.testing.assert_array_equal(layer.parameters()["w"].value, [1.0, 1.0])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: nn.Lambda(3), "expected a function"),  # type: ignore[arg-type]
        (lambda: nn.Lambda(nn.ReLU), "expected a function"),
        (lambda: nn.Lambda(lambda x: x, a=nn.ReLU()), "unexpected keyword argument 'a'"),
        (lambda: nn.Lambda(lambda x, a: x), "missing a required argument: 'a'"),
        (lambda: nn.Lambda(lambda x, a: x, a="text"), "a layer, or an array of numbers"),
        (lambda: nn.Lambda(lambda x: 1.0)([2.0]), "expected a tensor as output|float"),
    ],
)
def test_what_is_no_layer(make, words):
    with pytest.raises(ChainruleError, match=words):
        nn.Lambda(lambda x: 1.0).predict([2.0]) if "output" in words else make()


def tied() -> nn.Sequential:
    table = nn.Lambda(lambda tokens, table: table[tokens], table=RNG.normal(size=(5, 3)))
    model = nn.Sequential(table, nn.Tanh(), nn.Linear(3, 5, None, seed=1))
    nn.tie(model, "layers.2.weight", to="layers.0.table")
    return model


def test_a_tied_parameter_is_one():
    model, tokens, labels = tied(), np.array([1, 3, 3]), np.array([0, 2, 4])
    assert list(model.parameters()) == ["layers.0.table"]
    table = model.parameters()["layers.0.table"].value
    assert model.children["layers.2"].parameters()["weight"].value is table
    gradient = cr.cross_entropy(model(tokens), labels).gradients()["layers.0.table"].value
    apart = cr.grad(
        lambda rows, out: cr.cross_entropy(cr.tanh(rows[tokens]) @ out.T, labels), (0, 1)
    )(table, table)
    np.testing.assert_allclose(gradient, apart[0] + apart[1], rtol=1e-12)


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_a_tied_parameter_is_trained_and_stored_once(engine):
    model, tokens = tied(), RNG.integers(0, 5, 40)
    tokens[:5] = range(5)
    labels, table = (tokens + 1) % 5, model.parameters()["layers.0.table"].value
    slope = cr.grad(lambda w: cr.cross_entropy(cr.tanh(w[tokens]) @ w.T, labels))(table)
    sgd = cr.optimizers.SGD(0.5)
    cr.fit(
        model, (tokens, labels), loss="cross_entropy", optimizer=sgd, epochs=1, batch_size="full",
        engine=engine,
    )  # fmt: skip
    trained = model.parameters()["layers.0.table"].value
    np.testing.assert_allclose(trained, table - 0.5 * slope, rtol=1e-10)
    other = tied()
    other.load({name: tensor.value for name, tensor in model.parameters().items()})
    np.testing.assert_array_equal(other.predict(tokens), model.predict(tokens))
    twin = copy.deepcopy(model)
    twin.load({"layers.0.table": np.zeros((5, 3))})
    assert not twin.predict(tokens).any()
    assert model.predict(tokens).any()


def test_a_tied_model_inside_of_another():
    outer = nn.Sequential(tied(), seed=2)
    assert list(outer.parameters()) == ["layers.0.layers.0.table"]
    assert list(cr.sum(outer(np.array([1])) ** 2).gradients()) == ["layers.0.layers.0.table"]


@pytest.mark.parametrize(
    ("name", "to", "words"),
    [
        ("layers.9.weight", "layers.0.weight", "layers.9.weight"),
        ("layers.1.weight", "layers.0.wait", "layers.0.wait"),
        ("layers.1.bias", "layers.0.weight", "one shape and dtype"),
    ],
)
def test_what_cannot_be_tied(name, to, words):
    with pytest.raises(ChainruleError, match=words):
        nn.tie(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)), name, to=to)
