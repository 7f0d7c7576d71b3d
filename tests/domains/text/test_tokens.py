"""Tokens and windows: nothing of a text is lost, and each token is counted once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.domains.text.texts.coder import ENCODER, TextCoder
from chainrule.domains.text.texts.tokens import MOST_TOKENS, Vocabulary, split
from chainrule.domains.text.texts.windows import windows
from chainrule.errors import OptionError, RunError
from chainrule.train.storage.schema import check

KINDS = st.sampled_from(["characters", "words", "bytes"])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(TEXT)
def test_the_tokens_joined_are_the_text(text: str):
    assert "".join(split(text, "words")) == text
    assert bytes.fromhex("".join(split(text, "bytes"))) == text.encode()


@given(TEXT, KINDS)
def test_what_is_encoded_is_decoded(text: str, kind):
    known = Vocabulary.of(text * 2, kind)
    if kind != "words":  # whose last and first may be joined
        assert known.decode(known.encode(text).tolist()) == text


@given(TEXT, KINDS)
def test_a_coder_is_read_as_it_was_written(text: str, kind):
    coder = TextCoder(Vocabulary.of(text * 2, kind))
    if coder.vocabulary.size > 1:
        entries = coder.to_dict()
        check(ENCODER, entries, "config.toml", "")
        assert TextCoder.from_dict(entries, "config.toml") == coder


def test_rare_words_are_unknown_and_rare_characters_are_not():
    assert Vocabulary.of("a a a b", "words").tokens == (" a",)
    assert Vocabulary.of("aab", "characters").tokens == ("a", "b")


def test_unknown_tokens_of_a_prompt_are_named():
    known = Vocabulary.of("abc", "characters")
    with pytest.raises(OptionError, match=r"got 'x', 'y';"):
        known.encode_prompt("axbyx")
    assert Vocabulary("bytes").encode_prompt("Zürich ☃").dtype == np.uint8


@pytest.mark.parametrize(
    "entries",
    [
        {"kind": "characters", "tokens": []},
        {"kind": "bytes", "tokens": ["a"]},
        {"kind": "words", "tokens": ["a", ""]},
        {"kind": "runes", "tokens": ["a"]},
        {"kind": "words", "tokens": ["a", "a"]},
        {"kind": "words", "tokens": [str(i) for i in range(MOST_TOKENS + 1)]},
        {"kind": "words", "tokens": [1]},
    ],
)
def test_a_coder_that_contradicts_itself_is_refused(entries: dict):
    with pytest.raises(RunError):
        check(ENCODER, entries, "config.toml", "")
        TextCoder.from_dict(entries, "config.toml")


@given(st.integers(0, 60), st.integers(1, 12), st.data())
def test_windows_count_each_token_but_the_first_once(count: int, length: int, data):
    codes = np.arange(1, count + 1)
    part = windows(codes, length, data.draw(st.integers(1, length)))
    assert part.x.shape == (len(part), length + 1)
    assert part.x[:, 1:][part.y > 0].tolist() == codes[1:].tolist()
    for row in part.x:
        inside = row[row > 0]
        assert (np.diff(inside) == 1).all()
    if count > length:
        assert (part.x > 0).all()  # padding only where the text is shorter


def test_what_is_counted_later_has_context():
    part = windows(np.arange(1, 101), 10, 5)
    first = part.y.argmax(axis=1)
    assert (first[1:] >= 5).all()
