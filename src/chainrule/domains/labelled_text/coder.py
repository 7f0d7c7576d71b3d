"""How texts become the inputs of a network: numbers of tokens, and which of them count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from chainrule.domains.text.texts.tokens import MOST_TOKENS, Kind, Vocabulary
from chainrule.errors import RunError
from chainrule.graph import Array
from chainrule.train.storage.schema import Schema, list_of, one_of, plain, table, text, whole

__all__ = ["ENCODER", "LabelledTextCoder", "plain_text"]

LONGEST = 4096

ENCODER: Schema = table(
    {
        "kind": one_of("characters", "words"),
        "tokens": list_of(text, most=MOST_TOKENS, distinct=True),
        "length": whole(1),
        "classes": list_of(text, least=2, distinct=True),
    },
    others=plain,
)
"""What config.toml may hold about a coder."""


@final
@dataclass(frozen=True)
class LabelledTextCoder:
    """A vocabulary, how many tokens of a text are read, and the classes.

    >>> coder = LabelledTextCoder(Vocabulary("words", (" good",)), 3, ("a", "b"))
    >>> coder.encode(["Good film", ""])["codes"].tolist()
    [[2, 1, 0], [1, 0, 0]]
    """

    vocabulary: Vocabulary
    length: int
    classes: tuple[str, ...]

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any], where: str) -> Self:
        """The inverse of `to_dict`; the schema has accepted the entries."""
        tokens, length = tuple(entries["tokens"]), entries["length"]
        if not tokens or "" in tokens or length > LONGEST:
            raise RunError(
                where,
                expected=f"tokens, and a length of at most {LONGEST}",
                got="others",
                remedy="undo the changes, or train again",
            )
        return cls(Vocabulary(entries["kind"], tokens), length, tuple(entries["classes"]))

    def to_dict(self) -> dict[str, Any]:
        """See `Coder.to_dict`."""
        return {
            "kind": self.vocabulary.kind,
            "tokens": list(self.vocabulary.tokens),
            "length": self.length,
            "classes": list(self.classes),
        }

    @property
    def numbers(self) -> int:
        """How many numbers of tokens there are: 0 pads, 1 is whatever is unknown."""
        return self.vocabulary.size + 1

    def encode(self, texts: Sequence[str], dtype: Any = np.float64) -> dict[str, Array]:
        """Numbers of tokens, `codes` `(n, T)`, and `mask` `(n, T)`: 1 for tokens, 0 for padding.

        The first T tokens of a text are read; an empty text is one unknown token.
        """
        codes = np.zeros((len(texts), self.length), np.int64)
        for row, one in enumerate(texts):
            found = self.vocabulary.encode(plain_text(one, self.vocabulary.kind))[: self.length]
            codes[row, : len(found)] = found.astype(np.int64) + 1
        codes[:, 0] = np.maximum(codes[:, 0], 1)
        narrow = np.uint8 if self.numbers <= 256 else np.uint16
        return {"codes": codes.astype(narrow), "mask": (codes > 0).astype(dtype)}

    def label(self, code: int) -> str:
        """How a token is called in explanations."""
        if code < 2:
            return ("padding", "unknown")[code]
        return self.vocabulary.label(code - 1).strip("␣") or "␣"


def plain_text(text: str, kind: Kind) -> str:
    """A text as it is cut: with words in small letters, each behind one blank.

    >>> plain_text("A  Film.", "words"), plain_text("A  Film.", "characters")
    (' a film.', 'A Film.')
    """
    joined = " ".join(text.split())
    return f" {joined.lower()}" if kind == "words" else joined
