"""Recurrent networks are trained, stored and loaded, in compiled code as by the reference."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.ops.tensor import constant

RNG = np.random.default_rng(0)
KINDS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
every_kind = pytest.mark.parametrize("kind", KINDS)
CODES = RNG.integers(0, 5, size=(120, 6))
BEFORE = np.concatenate([np.zeros((120, 1), int), CODES[:, :-1]], axis=1)
STEPS = CODES, {"y": BEFORE}


def tagger(kind, dtype=np.float32, **options):
    """A class for each step."""
    return nn.Sequential(
        nn.Embedding(5, 4, dtype=dtype),
        KINDS[kind](4, 12, returns="outputs", dtype=dtype, **options),
        nn.Linear(12, 5, dtype=dtype),
        seed=1,
    )


def each_step(logits, answers):
    """The mean cross-entropy over rows and steps."""
    return cr.cross_entropy(logits, answers["y"])


def fitted(model, data, **options):
    options = {"optimizer": "adam", "learning_rate": 0.02, "batch_size": 24, "seed": 3} | options
    return cr.fit(model, data, **options)


@every_kind
def test_a_class_for_each_step_is_learnt_by_both_engines(kind):
    """The code before; of the first step it is 0."""
    found = [
        fitted(tagger(kind), STEPS, loss=each_step, epochs=30, engine=engine)
        for engine in ("compiled", "reference")
    ]
    losses = [[record.train_loss for record in one.history] for one in found]
    np.testing.assert_allclose(*losses, rtol=5e-3, atol=1e-5)
    assert losses[0][0] == pytest.approx(np.log(5), abs=0.3)
    assert losses[0][-1] < 0.2
    model = found[0].model
    assert (model.predict(CODES).argmax(-1) == BEFORE).mean() > 0.97
    loss = cr.cross_entropy(model(CODES), BEFORE).item()
    assert found[0].report.train.loss == pytest.approx(loss, rel=1e-5)


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_one_step_of_training_by_hand(engine):
    """θ − η·∂L/∂θ, with the mean over rows and steps as the loss."""
    model = tagger("lstm", np.float64)
    before = {name: p.value for name, p in model.parameters().items()}
    gradients = cr.cross_entropy(model(CODES), BEFORE).gradients()
    options = {"epochs": 1, "batch_size": "full", "optimizer": "sgd"}
    one = fitted(model, STEPS, loss=each_step, engine=engine, **options)
    for name, parameter in one.model.parameters().items():
        expected = before[name] - 0.02 * gradients[name].value
        np.testing.assert_allclose(parameter.value, expected, rtol=1e-9, atol=1e-12)


class Ragged(nn.Layer):
    """Codes with the number of steps of each sample → the logits of a class for each step."""

    def __init__(self):
        children = {
            "embed": nn.Embedding(5, 4, seed=1),
            "memory": nn.GRU(4, 8, bidirectional=True, returns="outputs", seed=2),
            "head": nn.Linear(16, 5, seed=3),
        }
        super().__init__(children=children)

    def apply(self, scope, x):
        def apply(name, x):
            return self.children[name].apply(scope.child(name), x)

        embedded = {"x": apply("embed", x["codes"]), "lengths": x["lengths"]}
        return apply("head", apply("memory", embedded))


def masked_loss(logits, answers):
    """The mean over the steps whose answer is not −1."""
    answers = answers["y"]
    counts = answers >= 0
    chosen = cr.sum(cr.log_softmax(logits) * cr.one_hot(cr.where(counts, answers, 0), 5), axis=-1)
    return -cr.sum(cr.where(counts, chosen, 0.0)) / cr.sum(cr.where(counts, 1.0, 0.0))


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_a_loss_of_ones_own_leaves_padding_out(engine):
    """Answers of −1 and codes beyond the lengths: what stands there changes no parameter."""
    lengths = RNG.integers(1, 7, size=60)
    beyond = np.arange(6) >= lengths[:, None]
    answers = np.where(beyond, -1, BEFORE[:60])
    models = []
    for content in (0, 4):
        codes = np.where(beyond, content, CODES[:60])
        model = Ragged()
        data = ({"codes": codes, "lengths": lengths}, {"y": answers})
        fit = fitted(model, data, loss=masked_loss, epochs=2, engine=engine)
        assert fit.history[1].train_loss < fit.history[0].train_loss
        models.append(model)
    for one, other in zip(*(m.parameters().values() for m in models), strict=True):
        np.testing.assert_array_equal(one.value, other.value)


@every_kind
def test_a_number_for_each_sequence(kind):
    x = RNG.normal(size=(80, 5, 2))
    y = x[:, :, 0].sum(axis=1) - x[:, -1, 1]
    losses = []
    for engine in ("compiled", "reference"):
        model = nn.Sequential(
            KINDS[kind](2, 8, 2, bidirectional=True, dropout=0.1, returns="last"),
            nn.Linear(16, 1),
            seed=5,
        )
        fit = fitted(model, (x, y), epochs=6, engine=engine)
        losses.append([record.train_loss for record in fit.history])
        assert fit.report.metric == "r2"
    np.testing.assert_allclose(*losses, rtol=1e-7)
    assert losses[0][-1] < 0.5 * losses[0][0]


@every_kind
def test_a_state_is_carried_on(kind):
    """Two halves, the second from where the first ended, are the whole."""
    layer = KINDS[kind](2, 3, 2, seed=4)
    x = RNG.normal(size=(4, 8, 2))
    y, last = layer.predict(x)
    first, state = layer.predict(x[:, :5])
    second, end = layer.predict((x[:, 5:], state))
    np.testing.assert_allclose(np.concatenate([first, second], 1), y, rtol=1e-12)

    def flat(state):
        return [p for one in state for p in flat(one)] if isinstance(state, tuple) else [state]

    for one, other in zip(flat(end), flat(last), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@every_kind
def test_stored_and_loaded(kind, tmp_path):
    model = tagger(kind, layers=2, dropout=0.1)
    expected = model.predict(CODES)
    np.savez(tmp_path / "model.npz", **{n: p.value for n, p in model.parameters().items()})
    other = copy.deepcopy(model)
    other.load({name: p.value * 0 for name, p in model.parameters().items()})
    assert np.abs(other.predict(CODES) - expected).max() > 0.01
    with np.load(tmp_path / "model.npz") as stored:
        other.load(dict(stored))
    np.testing.assert_array_equal(other.predict(CODES), expected)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(CODES), expected)


def test_truncated_backpropagation_through_time():
    """The gradient of a second half stops at the state it starts with."""
    layer = nn.LSTM(2, 3, seed=4)
    x = RNG.normal(size=(4, 8, 2))
    _, state = layer(cr.variable(x[:, :5], "early"))
    stopped = tuple(cr.stop_gradient(part) for part in state)
    y, _ = layer((cr.variable(x[:, 5:], "late"), stopped))
    gradients = cr.sum(y).gradients()
    assert not gradients["early"].value.any()
    alone, _ = layer((constant(x[:, 5:]), tuple(constant(part.value) for part in state)))
    expected = cr.sum(alone).gradients()
    for name, gradient in expected.items():
        np.testing.assert_allclose(gradients[name].value, gradient.value, rtol=1e-12)
