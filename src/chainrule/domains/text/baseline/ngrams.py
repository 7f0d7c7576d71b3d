"""N-grams: how probable a token is after the few before it, by counts of a text."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chainrule.graph import Array

__all__ = ["ngram_losses"]


def ngram_losses(
    train: Array, parts: list[Array], tokens: int, orders: int
) -> Iterator[list[Array]]:
    """For n = 1, 2, …, `orders`, −log₂ p of each token but the first of each part, by n-grams.

    p_n(w | c) = max(a(c, w) − D, 0) / a(c) + D·N(c) / a(c) · p_{n−1}(w | c without its first token)

    with a(c, w) how often w follows the n − 1 tokens c in training, and N(c) how many different
    tokens do; p₀ is 1 / `tokens`.  For the n-grams below the longest, a counts in how many
    different tokens' company c, w occurs.  D = n₁ / (n₁ + 2·n₂), where n₁ n-grams have a = 1 and n₂
    have a = 2.  What never was followed by anything has p_{n−1}.

    >>> train = np.array([0, 1, 0, 1, 0, 1, 0, 1])
    >>> for losses in ngram_losses(train, [np.array([0, 1, 0])], 2, 2):
    ...     print(losses[0].round(2))
    [1. 1.]
    [0.1 0.1]

    Kneser and Ney, "Improved backing-off for m-gram language modeling", 1995; interpolated as in
    Chen and Goodman, "An empirical study of smoothing techniques for language modeling", 1999.
    """
    joined = np.concatenate([train, *parts]).astype(np.int64)
    sizes = [len(train), *map(len, parts)]
    starts = np.repeat(np.cumsum([0, *sizes[:-1]]), sizes)
    place = np.arange(len(joined)) - starts  # of each token in its part
    trained = np.arange(len(joined)) < len(train)
    lower = np.full(len(joined), 1.0 / tokens)
    grams = joined  # a number for the n-gram that ends at each token
    context = np.zeros(len(joined), np.int64)  # and for the tokens of it before the last
    ends = np.cumsum(sizes)
    for n in range(1, orders + 1):
        whole = place >= n - 1  # the n-gram does not reach back beyond its part
        longer = _longer(joined, grams, n)
        within = trained & (place >= n)
        raw = np.bincount(grams[trained & whole], minlength=int(grams.max()) + 1)
        _, first = np.unique(longer[within], return_index=True)
        company = np.bincount(grams[within][first], minlength=len(raw))
        kept = trained & whole
        top = _interpolated(grams, context, kept, raw, lower, whole)
        yield [
            -np.log2(top[end - size + 1 : end])
            for size, end in zip(sizes[1:], ends[1:], strict=True)
        ]
        lower = _interpolated(grams, context, kept, company, lower, whole)
        context = np.concatenate([[0], grams[:-1]])
        grams = longer


def _longer(joined: Array, grams: Array, n: int) -> Array:
    """The numbers of the n-grams with the token before each; those without one do not matter."""
    before = np.concatenate([np.zeros(n, np.int64), joined[:-n]]) if n < len(joined) else joined * 0
    pairs = grams * (int(joined.max()) + 1) + before
    return np.unique(pairs, return_inverse=True)[1].reshape(-1)


def _interpolated(
    grams: Array, context: Array, kept: Array, counts: Array, lower: Array, whole: Array
) -> Array:
    """The probability of each token by counts of its n-gram, and by `lower` below them."""
    present, at = np.unique(grams[kept], return_index=True)
    contexts, found = context[kept][at], counts[present]
    discount = _discount(found)
    size = int(context.max()) + 1
    total = np.bincount(contexts, weights=found, minlength=size)[context]
    left = discount * np.bincount(contexts, weights=found > 0, minlength=size)[context]
    own = np.maximum(counts[grams] - discount, 0.0)
    known = whole & (total > 0)
    total = np.where(known, total, 1.0)
    return np.where(known, own / total + left / total * lower, lower)


def _discount(counts: Array) -> float:
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())
    return once / (once + 2 * twice) if once else 0.5
