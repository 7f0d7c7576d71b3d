"""What texts are cut into: characters, words or bytes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self, cast, final

import numpy as np

from chainrule.errors import OptionError
from chainrule.graph import Array

__all__ = ["MOST_TOKENS", "UNKNOWN", "Kind", "Vocabulary", "split"]

Kind = Literal["characters", "words", "bytes"]

UNKNOWN = 0
"""The number of whatever is not in the vocabulary; bytes are all in it, and have none."""

MOST_TOKENS = 8192
"""The most tokens of a vocabulary: the commonest are kept."""

BYTES = tuple(f"{byte:02x}" for byte in range(256))

WORDS = re.compile(r" ?\w+| ?[^\w\s]|\s")
"""A word or a sign, with the blank before it, or white space: together they are all of a text."""


def split(text: str, kind: Kind) -> Sequence[str]:
    """The tokens of a text, which give it again when joined; bytes are two hex digits each.

    >>> split("How now?", "words"), split("Ü!", "bytes"), split("ab", "characters")
    (['How', ' now', '?'], ['c3', '9c', '21'], 'ab')
    """
    if kind == "words":
        return WORDS.findall(text)
    return text if kind == "characters" else [BYTES[b] for b in text.encode()]


@final
@dataclass(frozen=True)
class Vocabulary:
    """The tokens that a network knows; other ones are `UNKNOWN`, 0, and known ones count from 1.

    Bytes are their own numbers.

    >>> known = Vocabulary.of("to be or not to be", "words")
    >>> known.tokens, known.encode(" be or to").tolist()
    ((' be',), array([1, 0, 0], dtype=uint8).tolist())
    """

    kind: Kind
    tokens: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str | bytes, kind: Kind) -> Self:
        """The vocabulary of the text to learn from: of words, those that occur twice or more."""
        if kind == "bytes":
            return cls(kind)
        counts = Counter(split(cast("str", text), kind)).most_common(MOST_TOKENS)
        least = 2 if kind == "words" else 1
        return cls(kind, tuple(sorted(token for token, count in counts if count >= least)))

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return 256 if self.kind == "bytes" else 1 + len(self.tokens)

    @property
    def dtype(self) -> Any:
        """The narrowest integers that hold them."""
        return np.uint8 if self.size <= 256 else np.uint16

    def encode(self, text: str | bytes) -> Array:
        """The numbers of the tokens of a text."""
        if self.kind == "bytes":
            content = text.encode(errors="surrogateescape") if isinstance(text, str) else text
            return np.frombuffer(content, np.uint8)
        numbers = self._numbers
        found = [numbers.get(token, UNKNOWN) for token in split(cast("str", text), self.kind)]
        return np.array(found, self.dtype)

    def encode_prompt(self, text: str) -> Array:
        """The numbers of a prompt.  Raises OptionError, with the tokens, if some are unknown."""
        codes = self.encode(text)
        if self.kind != "bytes" and (codes == UNKNOWN).any():
            tokens = split(text, self.kind)
            missing = dict.fromkeys(tokens[int(i)] for i in np.flatnonzero(codes == UNKNOWN))
            named = ", ".join(map(repr, list(missing)[:8])) + ", …" * (len(missing) > 8)
            raise OptionError(
                "prompt",
                expected=f"{self.kind} of the text that the run was trained on",
                got=named,
                remedy="leave them out, or train with --tokens bytes",
            )
        return codes

    def decode(self, codes: Sequence[int]) -> str:
        """The text of these numbers; bytes that are no text become �, the unknown too."""
        if self.kind == "bytes":
            return bytes(codes).decode(errors="replace")
        return "".join("�" if code == UNKNOWN else self.tokens[code - 1] for code in codes)

    def label(self, code: int) -> str:
        """How a token is called in explanations: white space can be seen."""
        if self.kind == "bytes":
            return chr(code) if 32 < code < 127 else f"0x{code:02x}"
        token = self.decode([code])
        for white, shown in ((" ", "␣"), ("\n", "⏎"), ("\t", "⇥")):
            token = token.replace(white, shown)
        return token

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {token: number for number, token in enumerate(self.tokens, 1)}
