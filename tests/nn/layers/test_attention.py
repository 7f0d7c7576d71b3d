"""Attention, positions and blocks by loops over entries, masks, and bad input."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import ChainruleError

RNG = np.random.default_rng(0)
B, T, S, D = 2, 4, 3, 6


def random(layer: nn.Layer) -> nn.Layer:
    """The layer with random values."""
    shapes = {name: tensor.shape for name, tensor in layer.parameters().items()}
    layer.load({name: RNG.normal(size=shape) * 0.5 for name, shape in shapes.items()})
    return layer


def by_loops(layer: nn.MultiHeadAttention, x: Any, memory: Any, counts: Any) -> np.ndarray:
    """The definition, an entry, a head and a key at a time."""
    p = {name: tensor.value for name, tensor in layer.parameters().items()}
    bias = p.get("in_bias", np.zeros(3 * D))
    width = D // layer.heads
    y = np.zeros(x.shape)
    for b, t in np.ndindex(x.shape[:2]):
        context = np.zeros(D)
        for h in range(layer.heads):
            own = slice(h * width, (h + 1) * width)
            wq, wk, wv = p["in_weight"].reshape(3, D, D)[:, own]
            bq, bk, bv = bias.reshape(3, D)[:, own]
            q = wq @ x[b, t] + bq
            shares = {}
            for s in range(memory.shape[1]):
                if counts[b, t, s] and not (layer.causal and s > t):
                    shares[s] = math.exp(q @ (wk @ memory[b, s] + bk) / math.sqrt(width))
            for s, share in shares.items():
                context[own] += share / sum(shares.values()) * (wv @ memory[b, s] + bv)
        y[b, t] = p["out_weight"] @ context + p.get("out_bias", 0.0)
    return y


PADDING = np.array([[1, 1, 0], [0, 0, 0]])
PAIRS = RNG.random((B, T, S)) < 0.5


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("mask", [None, PADDING, PADDING.astype(bool), PADDING * 1.0, PAIRS])
def test_attention_to_a_memory(mask, bias):
    layer = random(nn.MultiHeadAttention(D, 2, bias=bias))
    x, memory = RNG.normal(size=(B, T, D)), RNG.normal(size=(B, S, D))
    counts = np.ones((B, T, S)) if mask is None else mask
    counts = np.broadcast_to(counts if counts.ndim == 3 else counts[:, None], (B, T, S))
    given = {"x": x, "memory": memory} | ({} if mask is None else {"mask": mask})
    expected = by_loops(layer, x, memory, counts)
    np.testing.assert_allclose(layer(given).value, expected, rtol=1e-12)
    np.testing.assert_allclose(layer.predict(given), expected, rtol=1e-12)


@pytest.mark.parametrize("heads", [1, 3])
@pytest.mark.parametrize("causal", [False, True])
def test_self_attention(causal, heads):
    layer = random(nn.MultiHeadAttention(D, heads, causal=causal))
    x = RNG.normal(size=(B, T, D))
    expected = by_loops(layer, x, x, np.ones((B, T, T)))
    np.testing.assert_allclose(layer(x).value, expected, rtol=1e-12)
    np.testing.assert_allclose(layer(x[0]).value, expected[0], rtol=1e-12)
    assert layer(x[0, 0]).shape == (D,)


def test_a_query_without_keys_gets_the_bias_and_no_gradient():
    layer = random(nn.MultiHeadAttention(D, 2))
    x = cr.variable(RNG.normal(size=(B, S, D)), "x")
    y = layer({"x": x, "mask": PADDING})
    bias = layer.parameters()["out_bias"].value
    np.testing.assert_array_equal(y.value[1], np.broadcast_to(bias, (S, D)))
    gradients = cr.sum(y**2).gradients()
    assert all(np.isfinite(gradients[name].value).all() for name in gradients)
    assert not gradients["x"].value[1].any()


def test_padding_changes_neither_outputs_nor_gradients():
    """Whatever stands in the padding, and however long it is."""
    block = random(nn.TransformerBlock(D, 2, 5, norm="post", activation="tanh"))
    x = RNG.normal(size=(1, S, D))
    alone = block(cr.variable(x, "x"))
    slopes = cr.sum(alone**2).gradients()
    for length in (1, 4):
        padding = RNG.normal(size=(1, length, D)) * 100
        longer = cr.variable(np.concatenate([x, padding], axis=1), "x")
        mask = np.arange(S + length)[None] < S
        y = block({"x": longer, "mask": mask})["x"]
        np.testing.assert_allclose(y.value[:, :S], alone.value, rtol=1e-12)
        gradients = cr.sum(y[:, :S] ** 2).gradients()
        assert not gradients["x"].value[:, S:].any()
        for name in slopes:
            found = gradients[name].value
            found = found[:, :S] if name == "x" else found
            np.testing.assert_allclose(found, slopes[name].value, rtol=1e-10, atol=1e-12)


def test_a_causal_block_does_not_see_the_future():
    block = random(nn.TransformerBlock(D, 3, causal=True))
    x = RNG.normal(size=(1, 5, D))
    changed = x.copy()
    changed[:, 3:] += 1.0
    one, other = block(x).value, block(changed).value
    np.testing.assert_array_equal(one[:, :3], other[:, :3])
    assert np.abs(one[:, 3:] - other[:, 3:]).min() > 0


def test_sinusoidal_positions_by_their_formula():
    found = nn.SinusoidalPositions(5)(np.zeros((7, 5))).value
    for t, i in np.ndindex(7, 5):
        angle = t / 10000 ** ((i - i % 2) / 5)
        assert found[t, i] == pytest.approx(math.cos(angle) if i % 2 else math.sin(angle))


def test_dropout_of_weights():
    """Weights are dropped at the rate; the gradient is that of what was drawn."""
    layer = random(nn.MultiHeadAttention(D, 2, dropout=0.5, seed=1))
    x = np.repeat(RNG.normal(size=(1, 5, D)), 100, axis=0)  # each row has draws of its own
    outputs = [layer(x, training=True, step=step).value for step in range(30)]
    assert np.abs(outputs[0] - outputs[1]).max() > 0.1
    np.testing.assert_array_equal(outputs[3], layer(x, training=True, step=3).value)
    np.testing.assert_allclose(np.mean(outputs, axis=(0, 1)), layer(x[0]).value, atol=0.15)
    scope = lambda w: layer.scope({**layer.parameters(), "in_weight": w}, training=True)  # noqa: E731
    weight = layer.parameters()["in_weight"].value
    cr.check_grad(
        lambda w: cr.sum(layer.apply(scope(cr.ops.tensor.lift(w)), cr.ops.tensor.constant(x[:1]))),
        weight,
        order=1,
        rtol=1e-5,
        atol=1e-7,
    )


def test_explanations_show_scores_and_weights():
    layer = random(nn.MultiHeadAttention(2, 1))
    text = str(cr.explain(cr.sum(layer([[1.0, 2.0], [0.5, -1.0]]) ** 2), wrt="in_bias[0]"))
    assert "softmax" in text or "e^" in text


MHA = nn.MultiHeadAttention(D, 2, name="mha")
X = np.ones((B, T, D))
WRONG = {
    "a width that heads do not divide": (
        lambda: nn.MultiHeadAttention(D, 4),
        r"heads: expected a divisor of the 6 features",
    ),
    "another width": (lambda: MHA(np.ones((B, T, 5))), r"mha: expected sequences \(…, T, 6\)"),
    "integers": (lambda: MHA({"x": np.ones((B, T, D), int)}), "tensor of floats"),
    "a tuple": (lambda: MHA((X, X)), 'or a dict with one under "x"'),
    "no sequence": (lambda: MHA({"memory": X}), 'expected a dict with "x"'),
    "an unknown part": (lambda: MHA({"x": X, "lengths": np.ones(B)}), "memory"),
    "a mask of another length": (
        lambda: MHA({"x": X, "mask": np.ones((B, T + 1))}),
        r"mha mask: expected \(2, 4\)",
    ),
    "a mask that is added": (
        lambda: MHA({"x": X, "mask": np.zeros((B, T)) - 1e9}),
        "a mask that is added to the scores is written mask == 0",
    ),
    "a memory of other rows": (
        lambda: MHA({"x": X, "memory": np.ones((3, T, D))}),
        r"mha memory: expected \(2, S, 6\)",
    ),
    "longer than was learnt": (
        lambda: nn.LearnedPositions(3, D)(X),
        "sequences of up to 3 entries",
    ),
    "a norm of another place": (lambda: nn.TransformerBlock(D, 2, norm="x"), "'pre' or 'post'"),  # type: ignore[arg-type]
    "keys and values of two lengths": (
        lambda: cr.attention(X, X[:, 1:], X),
        r"expected queries \(…, T, D\)",
    ),
    "a mask of numbers": (
        lambda: cr.attention(X, X, X, np.ones((T, T))),
        "mask: expected booleans",
    ),
    "no keys": (lambda: cr.attention(X, X[:, :0], X[:, :0]), "with one key or more"),
}


@pytest.mark.parametrize("name", WRONG)
def test_bad_input(name):
    call, words = WRONG[name]
    with pytest.raises(ChainruleError, match=words):
        call()
