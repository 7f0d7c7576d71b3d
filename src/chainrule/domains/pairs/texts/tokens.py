"""Texts as sequences of numbers: characters or words, and four signs that are no text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self, final

import numpy as np

from chainrule.graph import Array

__all__ = [
    "END",
    "MOST_TOKENS",
    "PADDING",
    "SIGNS",
    "START",
    "UNKNOWN",
    "Kind",
    "Vocabulary",
    "padded",
    "shown",
]

Kind = Literal["characters", "words"]

SIGNS = ("⟨padding⟩", "⟨start⟩", "⟨end⟩", "⟨unknown⟩")
PADDING, START, END, UNKNOWN = range(4)
"""The numbers of the signs; those of tokens come after them."""

MOST_TOKENS = 10_000
"""The most different tokens of a vocabulary: others are unknown."""

WORD = re.compile(r"\s?\w+|\s?[^\w\s]|\s")


@final
@dataclass(frozen=True)
class Vocabulary:
    """The tokens of texts in training, by their numbers.

    A word begins with the space before it, if there is one, so that texts are their tokens joined.

    >>> words = Vocabulary.of(["to be, or not to be"], "words")
    >>> words.split("to be!"), words.encode("to be!")
    (['to', ' be', '!'], [9, 4, 3])
    >>> words.decode([9, 4, 2, 0])
    'to be'
    """

    kind: Kind
    tokens: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str], kind: Kind) -> Self:
        """The most frequent tokens of the texts; of equally frequent ones, the first in order."""
        counts = Counter[str]()
        for text in texts:
            counts.update(_split(text, kind))
        ordered = sorted(counts, key=lambda token: (-counts[token], token))
        return cls(kind, tuple(sorted(ordered[: MOST_TOKENS - len(SIGNS)])))

    @property
    def size(self) -> int:
        """The number of tokens, with the signs."""
        return len(SIGNS) + len(self.tokens)

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {token: number for number, token in enumerate(self.tokens, len(SIGNS))}

    def split(self, text: str) -> list[str]:
        """The tokens of a text, known or not."""
        return _split(text, self.kind)

    def encode(self, text: str) -> list[int]:
        """The numbers of a text's tokens."""
        return [self._numbers.get(token, UNKNOWN) for token in self.split(text)]

    def unknown(self, text: str) -> list[str]:
        """The tokens of a text that are not among these."""
        return [token for token in self.split(text) if token not in self._numbers]

    def label(self, number: int) -> str:
        """The token of this number, or the name of the sign."""
        return SIGNS[number] if number < len(SIGNS) else self.tokens[number - len(SIGNS)]

    def decode(self, numbers: Iterable[int]) -> str:
        """The text of these numbers, up to the end; an unknown token is written �."""
        found: list[str] = []
        for number in numbers:
            if number == END:
                break
            if number >= len(SIGNS):
                found.append(self.tokens[number - len(SIGNS)])
            elif number == UNKNOWN:
                found.append("\ufffd")
        return "".join(found)

    def to_dict(self) -> dict[str, Any]:
        """The vocabulary as entries of TOML."""
        return {"kind": self.kind, "tokens": list(self.tokens)}


def shown(token: str) -> str:
    """A token as a label: without the space before a word; a space itself is ␣.

    >>> shown(" be"), shown(" ")
    ('be', '␣')
    """
    return token.strip() or "␣" * len(token)


def padded(rows: Sequence[Sequence[int]], length: int | None = None) -> Array:
    """Rows of numbers (n, length), with padding behind; by default as long as the longest."""
    length = max(map(len, rows), default=0) if length is None else length
    found = np.full((len(rows), length), PADDING, np.int64)
    for row, numbers in zip(found, rows, strict=True):
        row[: len(numbers)] = numbers
    return found


def _split(text: str, kind: Kind) -> list[str]:
    return list(text) if kind == "characters" else WORD.findall(text)
