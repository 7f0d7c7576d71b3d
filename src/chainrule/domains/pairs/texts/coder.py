"""What a run on pairs encodes texts with: a vocabulary for each side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from chainrule.domains.pairs.options import MOST_LENGTH
from chainrule.domains.pairs.texts.tokens import (
    END,
    MOST_TOKENS,
    SIGNS,
    START,
    Kind,
    Vocabulary,
    padded,
)
from chainrule.errors import RunError
from chainrule.train.data.dataset import Part
from chainrule.train.storage.schema import Schema, list_of, one_of, plain, table, text, whole

__all__ = ["ENCODER", "PairCoder"]

_VOCABULARY = table(
    {"kind": one_of("characters", "words"), "tokens": list_of(text, distinct=True)}, others=plain
)
ENCODER: Schema = table(
    {
        "source": _VOCABULARY,
        "answer": _VOCABULARY,
        "columns": list_of(text, least=2),
        "longest": whole(1),
    },
    others=plain,
)
"""What config.toml may hold about a coder."""


@final
@dataclass(frozen=True)
class PairCoder:
    """The vocabularies of sources and answers, the names of their columns, and the longest answer.

    `longest` counts the tokens of the longest answer in training, without its end.
    """

    source: Vocabulary
    answer: Vocabulary
    columns: tuple[str, str]
    longest: int

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]], kind: Kind, columns: tuple[str, str]) -> Self:
        """The coder of these pairs, those of the training."""
        source = Vocabulary.of((source for source, _ in pairs), kind)
        answer = Vocabulary.of((answer for _, answer in pairs), kind)
        return cls(source, answer, columns, max(len(answer.split(one)) for _, one in pairs))

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any], where: str) -> Self:
        """The inverse of `to_dict`; the schema has accepted the entries."""
        sides = [
            Vocabulary(entries[side]["kind"], tuple(entries[side]["tokens"]))
            for side in ("source", "answer")
        ]
        for side in sides:
            if not 0 < len(side.tokens) <= MOST_TOKENS:
                raise RunError(
                    where,
                    expected=f"1 to {MOST_TOKENS} tokens of each side",
                    got=str(len(side.tokens)),
                    remedy="undo the changes, or train again",
                )
        if entries["longest"] > MOST_LENGTH:
            raise RunError(
                where,
                expected=f"answers of up to {MOST_LENGTH} tokens",
                got=str(entries["longest"]),
                remedy="undo the changes, or train again",
            )
        first, second = entries["columns"][:2]
        return cls(sides[0], sides[1], (first, second), entries["longest"])

    def to_dict(self) -> dict[str, Any]:
        """See `Coder.to_dict`."""
        return {
            "source": self.source.to_dict(),
            "answer": self.answer.to_dict(),
            "columns": list(self.columns),
            "longest": self.longest,
        }

    def encode(self, pairs: Sequence[tuple[str, str]], widths: tuple[int, int], dtype: Any) -> Part:
        """The pairs as rows of numbers, padded to these widths, and weights: 0 for padding."""
        sources = padded([self.source.encode(source) for source, _ in pairs], widths[0])
        answers = [[START, *self.answer.encode(answer), END] for _, answer in pairs]
        numbers = padded(answers, widths[1] + 2)
        weights = np.zeros((len(pairs), widths[1] + 1), dtype)
        for row, answer in zip(weights, answers, strict=True):
            row[: len(answer) - 1] = 1.0
        return Part({"source": sources, "answer": numbers}, weights)

    @property
    def sizes(self) -> tuple[int, int]:
        """The numbers of tokens of both sides, with the signs."""
        return len(SIGNS) + len(self.source.tokens), len(SIGNS) + len(self.answer.tokens)
