"""How good answers are: the share that is exactly right, and chrF."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

__all__ = ["chrf", "exact_match"]

ORDER, BETA = 6, 2.0
"""The longest n-grams of characters, and how many times recall counts more than precision."""


def exact_match(answers: Sequence[str], wanted: Sequence[str]) -> float:
    """The share of answers that are the wanted ones.

    >>> exact_match(["a", "b"], ["a", "c"])
    0.5
    """
    return sum(a == w for a, w in zip(answers, wanted, strict=True)) / len(wanted)


def chrf(answers: Sequence[str], wanted: Sequence[str]) -> float:
    """chrF2 of all answers together, from 0 to 100: the F-score of n-grams of their characters.

    Precision P and recall R are means over n from 1 to 6 of the shares of n-grams that are in both
    texts, counted over all pairs, without spaces;  chrF = 100·(1 + β²)·P·R / (β²·P + R) with β = 2.
    An n that is longer than all texts does not count.

    >>> chrf(["the cat"], ["the cat"]), round(chrf(["the cat"], ["the hat"]), 1)
    (100.0, 28.1)

    Popović, "chrF: character n-gram F-score for automatic MT evaluation", 2015; the counts are
    those of sacreBLEU (Post, "A call for clarity in reporting BLEU scores", 2018).
    """
    found, right, total = ([0] * ORDER for _ in range(3))
    for answer, one in zip(answers, wanted, strict=True):
        for n in range(1, ORDER + 1):
            ours, theirs = _grams(answer, n), _grams(one, n)
            total[n - 1] += theirs.total()
            if theirs:
                found[n - 1] += ours.total()
                right[n - 1] += (ours & theirs).total()
    counted = [n for n in range(ORDER) if found[n] and total[n]]
    if not counted:
        return 0.0
    precision = sum(right[n] / found[n] for n in counted) / len(counted)
    recall = sum(right[n] / total[n] for n in counted) / len(counted)
    weighted = BETA**2 * precision + recall
    return 100 * (1 + BETA**2) * precision * recall / weighted if weighted else 0.0


def _grams(text: str, n: int) -> Counter[str]:
    text = "".join(text.split())
    return Counter(text[i : i + n] for i in range(len(text) - n + 1))
