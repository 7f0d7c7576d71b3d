"""Sentences of a small grammar: a text to learn, of any length."""

from __future__ import annotations

import numpy as np

NOUNS = ("cat", "dog", "bird", "child", "sailor")
VERBS = ("sees", "follows", "likes", "hears")
PLACES = ("in the garden", "by the sea", "at night")


def sentences(count: int, seed: int = 0) -> str:
    """So many sentences, a line each."""
    rng = np.random.default_rng(seed)

    def one(words: tuple[str, ...]) -> str:
        return words[rng.integers(len(words))]

    lines = [f"The {one(NOUNS)} {one(VERBS)} the {one(NOUNS)} {one(PLACES)}." for _ in range(count)]
    return "\n".join(lines) + "\n"
