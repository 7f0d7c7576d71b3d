"""Vocabularies: texts as numbers and back."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chainrule.domains.pairs.texts.tokens import END, PADDING, UNKNOWN, Vocabulary, padded


@given(st.lists(st.text(), min_size=1), st.sampled_from(["characters", "words"]))
def test_known_texts_come_back(texts, kind):
    vocabulary = Vocabulary.of(texts, kind)
    for text in texts:
        assert vocabulary.decode([*vocabulary.encode(text), END, 5, PADDING]) == text
        assert not vocabulary.unknown(text)
    assert vocabulary == Vocabulary(**vocabulary.to_dict() | {"tokens": vocabulary.tokens})


def test_unknown_tokens():
    words = Vocabulary.of(["one two", "two two"], "words")
    assert words.encode("one three two")[1] == UNKNOWN
    assert words.decode(words.encode("one three two")) == "one\ufffd two"
    assert words.unknown("one three two") == [" three"]


def test_the_most_frequent_tokens_are_kept(monkeypatch):
    monkeypatch.setattr("chainrule.domains.pairs.texts.tokens.MOST_TOKENS", 6)
    assert Vocabulary.of(["aabbbc"], "characters").tokens == ("a", "b")


def test_padding():
    assert padded([[1, 2], [3]]).tolist() == [[1, 2], [3, 0]]
    assert padded([[1]], 3).dtype == np.int64
