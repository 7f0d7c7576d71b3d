"""The network: causal, the same step by step as at once, and compiled without calls."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.domains.text.answers.generating import generated
from chainrule.domains.text.network import TextLoss, TextNetwork
from chainrule.domains.text.options import TextOptions
from chainrule.domains.text.texts.tokens import Vocabulary

MODELS = ["lstm", "gru", "rnn", "transformer"]
CODES = np.random.default_rng(0).integers(1, 7, (3, 9)).astype(np.uint8)


def network(model: str, depth: int = 2, window: int = 8) -> TextNetwork:
    options = TextOptions(
        "a.txt", model=model, hidden=8, depth=depth, window=window, dropout=0.0, dtype="float64"
    )
    return TextNetwork(options, 7)


@pytest.mark.parametrize("model", MODELS)
def test_no_token_sees_a_later_one(model: str):
    one, changed = network(model), CODES.copy()
    changed[:, 5:] = 1 + changed[:, 5:] % 6
    before, after = (np.asarray(one(codes).value) for codes in (CODES, changed))
    assert before[:, :4] == pytest.approx(after[:, :4])
    assert abs(before[:, 4:] - after[:, 4:]).max() > 1e-3


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("model", MODELS[:3])
def test_step_by_step_is_as_at_once(model: str, depth: int):
    one = network(model, depth)
    losses = np.asarray(one(CODES).value)[0, :, 0]
    state = one.first_state()
    for t, code in enumerate(CODES[0, :-1]):
        answer = one.predict({"codes": np.array([[code]]), "state": state})
        state = answer["state"]
        assert np.exp(answer["logs"]).sum() == pytest.approx(1.0)
        assert -answer["logs"][0, CODES[0, t + 1]] == pytest.approx(losses[t])


def test_attention_at_a_place_is_as_at_once():
    one = network("transformer")
    losses = np.asarray(one(CODES).value)[0, :, 0]
    for t in range(8):
        codes, at = np.zeros((1, 8), np.uint8), np.zeros((1, 8))
        codes[0, : t + 1], at[0, t] = CODES[0, : t + 1], 1.0
        logs = one.predict({"codes": codes, "at": at})
        assert -logs[0, CODES[0, t + 1]] == pytest.approx(losses[t])


def draw(one: TextNetwork, **options) -> str:
    known = Vocabulary("characters", tuple("abcdef"))
    given = {"length": 30, "temperature": 1.0, "top_k": None, "seed": 3, "window": 8, **options}
    return generated(one, known, known.encode("ab"), **given)


@pytest.mark.parametrize("model", MODELS)
def test_equal_seeds_give_equal_texts(model: str):
    one = network(model)
    assert draw(one) == draw(one) != draw(one, seed=4)
    assert len(draw(one)) == 30
    assert draw(one, temperature=0.0) == draw(one, top_k=1) == draw(one, temperature=1e-6)
    assert set(draw(one)) <= set("abcdef")  # never what is unknown


def test_tokens_are_drawn_as_often_as_they_are_probable():
    one = network("lstm", 1)
    one.load({**{n: np.zeros(p.shape) for n, p in one.parameters().items()},
              "out.bias": np.log([1e-9, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.03125])})  # fmt: skip
    text = draw(one, length=4000)
    assert text.count("a") / 4000 == pytest.approx(0.5, abs=0.03)
    cold = draw(one, length=4000, temperature=0.5, top_k=2)  # 1/4 and 1/16 of the two
    assert set(cold) == {"a", "b"}
    assert cold.count("a") / 4000 == pytest.approx(0.8, abs=0.03)


def test_the_loss_counts_what_has_weight():
    losses, weights = np.arange(6.0).reshape(2, 3, 1), np.array([[1.0, 0, 1], [0, 0, 1]])
    assert TextLoss()(losses, weights).item() == pytest.approx((0 + 2 + 5) / 3)
    assert TextLoss().row_weights(weights) is weights
