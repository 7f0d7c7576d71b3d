"""Decoding against the search of all answers, by a network of random weights."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from chainrule.domains.pairs.answers.decoding import decode
from chainrule.domains.pairs.network import PairNetwork
from chainrule.domains.pairs.texts.tokens import END, START

LONGEST, TOKENS = 3, (4, 5, 6)
SOURCES = [[4, 5], [6], [5, 5, 4, 6], [4]]


def network(seed: int) -> PairNetwork:
    made = PairNetwork(7, 7, 8, heads=2, depth=1, seed=seed)
    rng = np.random.default_rng(seed)
    made.load({name: rng.normal(size=p.shape) for name, p in made.parameters().items()})
    return made


def log_probability(made: PairNetwork, source: list[int], tokens: tuple[int, ...]) -> float:
    """Of these tokens, by the losses of training."""
    inputs = {"source": np.array([source]), "answer": np.array([[START, *tokens]])}
    return -float(made(inputs).value.sum())


def all_answers(made: PairNetwork, source: list[int]) -> dict[tuple[int, ...], float]:
    """The log-probability of each answer that ends, and of each that is cut off."""
    found: dict[tuple[int, ...], float] = {}
    for length in range(LONGEST + 2):
        for tokens in itertools.product(TOKENS, repeat=length):
            whole = tokens if length == LONGEST + 1 else (*tokens, END)
            found[whole] = log_probability(made, source, whole)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_a_wide_beam_finds_the_best_answer_of_all(seed):
    made = network(seed)
    answers = decode(made, SOURCES, LONGEST, beam=128)
    for source, answer in zip(SOURCES, answers, strict=True):
        scores = all_answers(made, source)
        best = max(scores, key=lambda whole: scores[whole] / len(whole))
        assert answer.tokens == tuple(one for one in best if one != END)
        assert answer.per_token == pytest.approx(scores[best] / len(best), rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_greedily_each_token_is_the_most_probable(seed):
    made = network(seed)
    for source, answer in zip(SOURCES, decode(made, SOURCES, LONGEST), strict=True):
        tokens: tuple[int, ...] = ()
        while len(tokens) <= LONGEST and END not in tokens:
            each = {one: log_probability(made, source, (*tokens, one)) for one in (*TOKENS, END)}
            tokens = (*tokens, max(each, key=lambda one: each[one]))
        assert answer.tokens == tuple(one for one in tokens if one != END)
        assert answer.length == len(tokens)
        assert answer.log_probability == pytest.approx(log_probability(made, source, tokens))


def test_others_in_the_batch_change_nothing(monkeypatch):
    made = network(4)
    together = decode(made, SOURCES, LONGEST, beam=3)
    alone = [decode(made, [source], LONGEST, beam=3)[0] for source in SOURCES]
    monkeypatch.setattr("chainrule.domains.pairs.answers.decoding.ROWS", 9)
    parts = decode(made, SOURCES, LONGEST, beam=3)
    for one, other, third in zip(together, alone, parts, strict=True):
        assert one.tokens == other.tokens == third.tokens
        assert one.log_probability == pytest.approx(other.log_probability, rel=1e-12)
    assert decode(made, [], LONGEST) == []
