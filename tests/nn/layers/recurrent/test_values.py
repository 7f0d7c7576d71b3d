"""Recurrent layers against loops by hand and finite differences."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.nn.layers.dropout import dropped
from chainrule.ops.tensor import constant, lift
from nn.layers.recurrent.by_hand import KINDS, expected, make

B, T, D, H = 4, 6, 3, 5
RNG = np.random.default_rng(0)
X = RNG.normal(size=(B, T, D))
LENGTHS = np.array([6, 1, 4, 0])
every_kind = pytest.mark.parametrize("kind", KINDS)
SHAPES = list(itertools.product((1, 2), (False, True)))
every_shape = pytest.mark.parametrize(("layers", "bidirectional"), SHAPES)


def states(kind, passes):
    """Initial states: by hand, and as a layer takes them."""
    parts = 2 if kind == "lstm" else 1
    starts = [[RNG.normal(size=(B, H)) for _ in range(parts)] for _ in range(passes)]
    trees = [tuple(one) if parts > 1 else one[0] for one in starts]
    return starts, trees[0] if passes == 1 else tuple(trees)


def flat(state):
    return [p for one in state for p in flat(one)] if isinstance(state, tuple) else [state]


@every_kind
@every_shape
@pytest.mark.parametrize("given", [(), ("state",), ("lengths",), ("state", "mask")])
def test_outputs_and_last_states(kind, layers, bidirectional, given):
    layer = make(kind, D, H, layers, bidirectional=bidirectional)
    passes = layers * (1 + bidirectional)
    starts, state = states(kind, passes)
    mask = RNG.random((B, T)) < 0.6
    before = np.arange(T) < LENGTHS[:, None]
    x = {"x": X, "state": state, "lengths": LENGTHS, "mask": mask}
    counts = mask if "mask" in given else before if "lengths" in given else None
    y, lasts = expected(kind, layer, X, starts if "state" in given else None, counts)
    tree = {key: x[key] for key in ("x", *given)}
    forms = [tree, *([X] if not given else []), *([(X, state)] if given == ("state",) else [])]
    for form in forms:
        found, last = layer(form)
        np.testing.assert_allclose(found.value, y, rtol=1e-12, atol=1e-14)
        assert len(flat(last)) == len([p for one in lasts for p in one])
        for part, other in zip(flat(last), itertools.chain(*lasts), strict=True):
            np.testing.assert_allclose(part.value, other, rtol=1e-12, atol=1e-14)
    outputs, last = layer.predict(tree)
    np.testing.assert_allclose(outputs, y, rtol=1e-12, atol=1e-14)
    for part, other in zip(flat(last), itertools.chain(*lasts), strict=True):
        np.testing.assert_allclose(part, other, rtol=1e-12, atol=1e-14)


@every_kind
def test_what_is_returned(kind):
    options = {"layers": 2, "bidirectional": True}
    layer = make(kind, D, H, **options)
    y, lasts = expected(kind, layer, X)
    outputs, last = (make(kind, D, H, **options, returns=r) for r in ("outputs", "last"))
    np.testing.assert_allclose(outputs(X).value, y, rtol=1e-12)
    ends = np.concatenate([lasts[2][0], lasts[3][0]], -1)
    np.testing.assert_allclose(last(X).value, ends, rtol=1e-12)
    np.testing.assert_allclose(last(X).value, np.concatenate([y[:, -1, :H], y[:, 0, H:]], -1))
    assert layer.outputs == 2 * H


@every_kind
def test_axes_before_those_of_steps_and_features(kind):
    layer = make(kind, D, H, bidirectional=True)
    y, states = layer(X)
    one, ends = layer(X[1])
    np.testing.assert_allclose(one.value, y.value[1], rtol=1e-12)
    for found, whole in zip(flat(ends), flat(states), strict=True):
        np.testing.assert_allclose(found.value, whole.value[1], rtol=1e-12)
    more, _ = layer({"x": X.reshape(2, 2, T, D), "lengths": LENGTHS.reshape(2, 2)})
    other, _ = layer({"x": X, "lengths": LENGTHS})
    np.testing.assert_allclose(more.value.reshape(y.shape), other.value, rtol=1e-12)


@every_kind
@pytest.mark.parametrize(
    ("layers", "bidirectional", "lengths"),
    [(1, False, None), pytest.param(2, True, [3, 0], marks=pytest.mark.slow)],
)
def test_gradients_agree_with_finite_differences(kind, layers, bidirectional, lengths):
    layer = make(kind, 1, 2, layers, bidirectional=bidirectional)
    x = RNG.normal(size=(2, 3, 1))
    parts = 2 if kind == "lstm" else 1
    passes = layers * (1 + bidirectional)
    starts = [RNG.normal(size=(2, 2)) for _ in range(parts * passes)]
    names = list(layer.parameters())
    weights = RNG.normal(size=(2, 3, 2 * (1 + bidirectional)))

    def loss(x, *values):
        parameters = dict(zip(names, map(lift, values[: len(names)]), strict=True))
        given = list(map(lift, values[len(names) :]))
        state = [tuple(given[k : k + parts]) for k in range(0, len(given), parts)]
        state = [s if parts > 1 else s[0] for s in state]
        tree = {"x": lift(x), "state": tuple(state) if passes > 1 else state[0]}
        if lengths:
            tree["lengths"] = constant(np.array(lengths))
        y, last = layer.apply(layer.scope(parameters), tree)
        return cr.sum(y * weights) + sum(cr.sum(p * p) for p in flat(last))

    points = [x, *(p.value for p in layer.parameters().values()), *starts]
    assert cr.check_grad(loss, *points, order=1, rtol=1e-5, atol=1e-7) < 1e-5


def test_without_biases():
    for kind in KINDS:
        layer = make(kind, D, H, bias=False)
        assert list(layer.parameters()) == ["weight_ih_l0", "weight_hh_l0"]
        y, _ = expected(kind, layer, X)
        np.testing.assert_allclose(layer(X)[0].value, y, rtol=1e-12)


def test_parameters_are_in_the_order_of_pytorch():
    assert list(nn.LSTM(2, 3, 2, bidirectional=True).parameters()) == [
        f"{kind}_{part}_l{layer}{side}"
        for layer in (0, 1)
        for side in ("", "_reverse")
        for kind in ("weight", "bias")
        for part in ("ih", "hh")
    ]


def test_initial_values():
    layer = nn.LSTM(4, 6, seed=3)
    values = {name: p.value for name, p in layer.parameters().items()}
    for gate in range(4):
        rows = slice(6 * gate, 6 * gate + 6)
        u = values["weight_hh_l0"][rows]
        np.testing.assert_allclose(u @ u.T, np.eye(6), atol=1e-12)
        assert np.ptp(values["weight_ih_l0"][rows]) > 0.5
        assert values["bias_ih_l0"][rows].tolist() == [float(gate == 1)] * 6
    assert not values["bias_hh_l0"].any()
    other = nn.LSTM(4, 6, 2, forget_bias=2.5, bias_init="constant(0.5)", seed=4)
    biases = other.parameters()
    for side in (0, 1):
        expected = [0.5] * 6 + [2.5] * 6 + [0.5] * 12
        assert biases[f"bias_ih_l{side}"].value.tolist() == expected
        assert biases[f"bias_hh_l{side}"].value.tolist() == [0.5] * 6 + [0.0] * 6 + [0.5] * 12
    assert np.abs(biases["weight_ih_l0"].value[:6, :4] - values["weight_ih_l0"][:6]).max() > 0.01


@every_kind
def test_dropout_is_between_layers_and_in_training_only(kind):
    layer, plain = (make(kind, D, H, 2, dropout=rate, returns="outputs") for rate in (0.5, 0.0))
    np.testing.assert_array_equal(layer(X).value, plain(X).value)
    assert np.abs(layer(X, training=True).value - plain(X).value).max() > 0.01
    first, again = (layer(X, training=True, step=3).value for _ in range(2))
    np.testing.assert_array_equal(first, again)
    # by hand: the second layer takes the outputs of the first, dropped
    parameters = layer.parameters()
    lower, upper = make(kind, D, H, returns="outputs"), make(kind, H, H, returns="outputs")
    for part, suffix in ((lower, "_l0"), (upper, "_l1")):
        part.load({n: parameters[n.replace("_l0", suffix)] for n in part.parameters()})
    scope = layer.scope(training=True, step=3)
    middle = dropped(scope, lower(X), 0.5, 0)
    assert set(np.unique(middle.value == 0)) == {False, True}
    np.testing.assert_allclose(upper(middle).value, first, rtol=1e-12)
