"""What the linear model beside a network for texts sees of them: how often each word occurs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from chainrule.graph import Array

__all__ = ["BagOfWords"]

MOST_WORDS = 2000
"""The most words that are counted: those in the most training texts."""


@final
@dataclass(frozen=True, eq=False)
class BagOfWords:
    """Counts of the tokens `chosen`, weighted by how rare they are, in rows of length 1.

    tf·idf with idf = 1 + log((1 + n) / (1 + texts with the token)), as scikit-learn's
    `TfidfVectorizer` has it.

    Spärck Jones, "A statistical interpretation of term specificity and its application in
    retrieval", 1972.
    """

    chosen: Array
    weights: Array

    @classmethod
    def of(cls, x: Mapping[str, Any], numbers: int) -> Self:
        """The bag of the training texts, of encoded tokens with these many numbers."""
        texts = np.zeros(numbers)
        for row in x["codes"]:
            texts[np.unique(row)] += 1
        texts[:2] = 0  # padding, and what is unknown
        chosen = np.sort(np.argsort(-texts, kind="stable")[: min(MOST_WORDS, numbers)])
        chosen = chosen[texts[chosen] > 0]
        return cls(chosen, 1 + np.log((1 + len(x["codes"])) / (1 + texts[chosen])))

    def __call__(self, x: Mapping[str, Any]) -> Array:
        """The rows `(n, words)` of encoded texts."""
        codes = x["codes"]
        place = np.full(int(max(codes.max(initial=0), self.chosen.max(initial=0))) + 1, -1)
        place[self.chosen] = np.arange(len(self.chosen))
        found = np.zeros((len(codes), len(self.chosen)), np.float32)
        at = place[codes]
        rows, _ = np.nonzero(at >= 0)
        np.add.at(found, (rows, at[at >= 0]), 1.0)
        found *= self.weights.astype(np.float32)
        norms = np.linalg.norm(found, axis=1, keepdims=True)
        return found / np.where(norms > 0, norms, 1)
