"""What a run on a text encodes texts with: its vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, final

from chainrule.domains.text.texts.tokens import MOST_TOKENS, Vocabulary
from chainrule.errors import RunError
from chainrule.train.storage.schema import Schema, list_of, one_of, plain, table, text

__all__ = ["ENCODER", "TextCoder"]

ENCODER: Schema = table(
    {
        "kind": one_of("characters", "words", "bytes"),
        "tokens": list_of(text, most=MOST_TOKENS, distinct=True),
    },
    others=plain,
)
"""What config.toml may hold about a coder."""


@final
@dataclass(frozen=True)
class TextCoder:
    """The vocabulary of a run.

    >>> coder = TextCoder(Vocabulary("characters", ("a", "b")))
    >>> TextCoder.from_dict(coder.to_dict(), "config.toml") == coder
    True
    """

    vocabulary: Vocabulary

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any], where: str) -> Self:
        """The inverse of `to_dict`; the schema has accepted the entries."""
        kind, tokens = entries["kind"], entries["tokens"]
        if (kind == "bytes") == bool(tokens) or "" in tokens:
            raise RunError(
                where,
                expected="tokens of characters or words, none of bytes",
                got=f"{len(tokens)} of {kind}",
                remedy="undo the changes, or train again",
            )
        return cls(Vocabulary(kind, tuple(tokens)))

    def to_dict(self) -> dict[str, Any]:
        """See `Coder.to_dict`."""
        return {"kind": self.vocabulary.kind, "tokens": list(self.vocabulary.tokens)}
