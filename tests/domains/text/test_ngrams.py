"""N-grams beside the formula of Kneser and Ney, written with dictionaries and recursion."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.domains.text.baseline.baselines import baselines
from chainrule.domains.text.baseline.ngrams import ngram_losses

TOKENS = 4


def kneser_ney(train: list[int], context: list[int], token: int, longest: bool = True) -> float:
    """p(token | context) by counts of `train`, by the definition."""
    size = len(context) + 1
    grams = [tuple(train[i : i + size]) for i in range(len(train) - size + 1)]
    if longest:
        counts = {gram: grams.count(gram) for gram in grams}
    else:
        before = {(train[i - 1], grams[i]) for i in range(1, len(grams))}
        counts = {gram: sum(g == gram for _, g in before) for gram in grams}
    once, twice = (list(counts.values()).count(n) for n in (1, 2))
    discount = once / (once + 2 * twice) if once else 0.5
    lower = kneser_ney(train, context[1:], token, False) if context else 1 / TOKENS
    after = {gram: n for gram, n in counts.items() if list(gram[:-1]) == context}
    total = sum(after.values())
    if not total:
        return lower
    own = max(after.get((*context, token), 0) - discount, 0)
    kept = discount * sum(n > 0 for n in after.values())
    return own / total + kept / total * lower


TEXTS = st.lists(st.integers(0, TOKENS - 1), min_size=6, max_size=40)


@given(TEXTS, TEXTS)
@settings(max_examples=30)
def test_probabilities_are_those_of_kneser_and_ney(train: list[int], test: list[int]):
    for order, losses in enumerate(ngram_losses(np.array(train), [np.array(test)], TOKENS, 3), 1):
        for i in range(max(1, order - 1), len(test)):
            expected = -math.log2(kneser_ney(train, test[i - order + 1 : i], test[i]))
            assert losses[0][i - 1] == pytest.approx(expected, abs=1e-9)


@given(TEXTS, TEXTS)
@settings(max_examples=20)
def test_probabilities_of_all_tokens_add_up_to_one(train: list[int], before: list[int]):
    parts = [np.array([*before, token]) for token in range(TOKENS)]
    for losses in ngram_losses(np.array(train), parts, TOKENS, 4):
        assert sum(2.0 ** -part[-1] for part in losses) == pytest.approx(1.0)


def test_what_follows_for_certain_takes_few_bits_from_the_order_that_sees_it():
    text = np.array([0, 1, 0, 2] * 100)
    found = baselines(text, text[:40], text[:80], 3, "characters")
    assert found.order >= 3
    assert found.ngram < 0.1 < 1.4 < found.single < found.even + 0.1


def test_without_validation_the_end_of_the_training_decides():
    text = np.array([0, 1, 0, 2] * 100)
    assert baselines(text, text[:0], text[:80], 3, "words").order >= 3
