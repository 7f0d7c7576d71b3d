"""The network of pairs: padding, its loss, and the program that trains it."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.domains.pairs.answers.alignment import alignment
from chainrule.domains.pairs.network import PairLoss, PairNetwork
from chainrule.domains.pairs.texts.tokens import padded
from chainrule.ops.tensor import constant
from chainrule.train.steps.tracing import trace_training
from engine.comparison import planned

SOURCES = [[4, 5, 6], [7], [5, 5]]
ANSWERS = [[1, 4, 2], [1, 5, 6, 4, 2], [1, 2]]


def network(heads: int = 2, **options) -> PairNetwork:
    made = PairNetwork(9, 8, 8, heads=heads, depth=2, seed=0, **options)
    rng = np.random.default_rng(1)
    made.load(
        {name: p.value + rng.normal(size=p.shape) / 3 for name, p in made.parameters().items()}
    )
    return made


def batch(more: int = 0):
    widths = (3 + more, 5 + more)
    source, answer = (padded(r, w) for r, w in zip((SOURCES, ANSWERS), widths, strict=True))
    return {"source": source, "answer": answer}, (answer[:, 1:] != 0).astype(float)


def test_padding_changes_neither_the_loss_nor_a_gradient():
    made = network()
    found = []
    for more in (0, 4):
        x, weights = batch(more)
        loss = PairLoss()(made(x), weights)
        found.append((loss.value, {k: g.value for k, g in loss.gradients().items()}))
    (one, gradients), (other, others) = found
    np.testing.assert_allclose(one, other, rtol=1e-12)
    for name in gradients:
        np.testing.assert_allclose(gradients[name], others[name], rtol=1e-9, atol=1e-13)


def test_the_loss_is_the_mean_over_the_tokens_of_pairs_by_themselves():
    made, (x, weights) = network(), batch()
    losses = []
    for source, answer in zip(SOURCES, ANSWERS, strict=True):
        one = {"source": np.array([source]), "answer": np.array([answer])}
        losses += made(one).value.ravel().tolist()
    assert PairLoss()(made(x), weights).item() == pytest.approx(np.mean(losses), rel=1e-12)


def test_label_smoothing_is_that_of_cross_entropy():
    made, (x, weights) = network(label_smoothing=0.1), batch()
    found = PairLoss()(made(x, training=True), weights).item()
    memory = made({"source": x["source"]}).value
    logs = np.stack(
        [
            made(
                {
                    "memory": memory,
                    "source": x["source"],
                    "prefix": x["answer"][:, :-1],
                    "at": np.eye(4)[[t] * 3],
                }
            ).value
            for t in range(4)
        ],
        1,
    )
    expected = cr.cross_entropy(logs, x["answer"][:, 1:], ignore=0, label_smoothing=0.1).item()
    assert found == pytest.approx(expected, rel=1e-12)
    plain = cr.cross_entropy(logs, x["answer"][:, 1:], ignore=0).item()
    assert PairLoss()(made(x), weights).item() == pytest.approx(plain, rel=1e-12)


def test_the_same_losses_step_by_step(monkeypatch):
    made, (x, _) = network(), batch()
    expected = made(x).value
    monkeypatch.setattr("chainrule.domains.pairs.network.MANY", 1)
    np.testing.assert_allclose(made(x).value, expected, rtol=1e-12)
    np.testing.assert_allclose(network().predict(x), expected, rtol=1e-12)


def test_alignment_weights_sum_to_one():
    """They are those that the attention of the last block sums the memory's values with."""
    made = network(heads=1)
    source, answer = np.array([[4, 5, 6]]), np.array([[1, 4, 5, 2]])
    weights = alignment(made, source[0], answer[0])
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    scope, cross = made.scope(), "decoder1.cross"
    made.apply(scope, {"source": constant(source), "answer": constant(answer)})
    p = {
        name: made.parameters()[f"{cross}.{name}"].value
        for name in ("in_weight", "in_bias", "out_weight", "out_bias")
    }
    values = scope.outputs["encoded"].value[0] @ p["in_weight"][16:].T + p["in_bias"][16:]
    expected = weights @ values @ p["out_weight"].T + p["out_bias"]
    np.testing.assert_allclose(scope.outputs[cross].value[0], expected, rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_it_trains_without_a_call(dtype):
    made = PairNetwork(9, 8, 8, heads=2, depth=1, dropout=0.1, seed=0, dtype=dtype)
    inputs = {"source": cr.spec((3, 6), int), "answer": cr.spec((3, 5), int)}
    weights = cr.spec((3, 4), dtype)
    program = planned(trace_training(made, PairLoss(), inputs, weights).graph, dtype)
    assert "no calls" in str(program)
