"""Free text as numbers: how often its words fall into each of a few buckets."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np

from chainrule.graph import Array

__all__ = ["hashed_texts"]


def hashed_texts(texts: Sequence[str], buckets: int) -> Array:
    """Counts of the words of each text by bucket, float64 `(n, buckets)`, rows of norm 1 or 0.

    The bucket of a word is its CRC-32 modulo their number: the same on every machine.

    >>> hashed_texts(["good, good", "Good"], 4).tolist()
    [[0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 1.0, 0.0]]
    """
    words = [re.findall(r"\w+", text.lower()) for text in texts]
    vocabulary = {word for found in words for word in found}
    bucket = {word: zlib.crc32(word.encode()) % buckets for word in vocabulary}
    columns = np.array([bucket[word] for found in words for word in found], np.int64)
    rows = np.repeat(np.arange(len(texts)), [len(found) for found in words])
    counts = np.bincount(rows * buckets + columns, minlength=len(texts) * buckets)
    table = counts.reshape(len(texts), buckets).astype(np.float64)
    return table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1.0)
