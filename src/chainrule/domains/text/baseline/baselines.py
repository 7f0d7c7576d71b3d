"""The baselines of a language model: single tokens, and n-grams of the best length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.domains.text.baseline.ngrams import ngram_losses
from chainrule.graph import Array

__all__ = ["Baselines", "baselines"]

MOST_ORDERS = {"characters": 8, "words": 4, "bytes": 8}


@final
@dataclass(frozen=True)
class Baselines:
    """Mean bits of a token: of the even distribution, of single tokens, and of n-grams."""

    even: float
    single: float
    ngram: float
    order: int


def baselines(train: Array, validation: Array, test: Array, tokens: int, kind: str) -> Baselines:
    """How well counts of `train` predict `test`; `validation` decides how many tokens are counted.

    Without it, n-grams are as long as those that are best within the training: of its last tenth,
    by counts of the others.
    """
    most = MOST_ORDERS[kind]
    found = ngram_losses(train, [validation, test], tokens, most)
    bits = [[float(part.mean()) if len(part) else np.inf for part in losses] for losses in found]
    if len(validation) > 1:
        judged = [one[0] for one in bits]
    else:
        cut = len(train) - max(2, len(train) // 10)
        inner = ngram_losses(train[:cut], [train[cut:]], tokens, most)
        judged = [float(losses[0].mean()) for losses in inner]
    order = 1 + int(np.argmin(judged))
    return Baselines(float(np.log2(tokens)), bits[0][1], bits[order - 1][1], order)
