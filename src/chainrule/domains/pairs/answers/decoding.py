"""Decoding: the most probable answer to a source, token by token, greedily or with a beam."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.domains.pairs.texts.tokens import END, PADDING, START, UNKNOWN, padded
from chainrule.graph import Array
from chainrule.nn import Layer

__all__ = ["Answer", "decode"]

ROWS = 128
"""The most prefixes that are continued at once; the number that bounds memory."""

STEP = 8
"""Lengths are padded to multiples of this, so that few programs are planned."""


@final
@dataclass(frozen=True)
class Answer:
    """The numbers of an answer's tokens, without the end, and its log-probability.

    `length` counts its tokens and the end, if it came to one.
    """

    tokens: tuple[int, ...]
    log_probability: float
    length: int

    @property
    def per_token(self) -> float:
        """The log-probability per token: by it, answers of several lengths are compared."""
        return self.log_probability / self.length


def decode(
    network: Layer, sources: Sequence[Sequence[int]], longest: int, beam: int = 1
) -> list[Answer]:
    """The answers to sources, of `longest` tokens at most.

    With a `beam` of one, each token is the most probable one.  Otherwise so many beginnings are
    kept, by their log-probability, and the answer is the one with the most per token (Wu et al.,
    "Google's neural machine translation system", 2016, with α = 1).
    """
    order = sorted(range(len(sources)), key=lambda i: len(sources[i]))  # little padding
    size = max(1, ROWS // beam)
    found: dict[int, Answer] = {}
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        rows = [sources[i] for i in chosen]
        if len(order) > size:  # one number of rows, for few programs
            rows += [rows[-1]] * (size - len(chosen))
        answers = _batch(network, padded(rows, _rounded(max(map(len, rows)))), longest, beam)
        found.update(zip(chosen, answers, strict=False))
    return [found[i] for i in range(len(sources))]


def _batch(network: Layer, source: Array, longest: int, beam: int) -> list[Answer]:
    count = len(source)
    memory = np.repeat(network.predict({"source": source}), beam, axis=0)
    beside = {"memory": memory, "source": np.repeat(source, beam, axis=0)}
    tokens = np.full((count, beam, longest + 2), PADDING)
    tokens[:, :, 0] = START
    scores = np.full((count, beam), -np.inf)
    scores[:, 0] = 0.0  # the others are the same beginning
    finished = np.zeros((count, beam), bool)
    for t in range(longest + 1):
        logs = _next(network, beside, tokens.reshape(count * beam, -1), t)
        logs = logs.reshape(count, beam, -1)
        logs[..., [PADDING, START, UNKNOWN]] = -np.inf
        logs[finished] = -np.inf
        logs[finished, PADDING] = 0.0
        total = (scores[..., None] + logs).reshape(count, -1)
        best = _largest(total, beam)
        scores = np.take_along_axis(total, best, 1)
        origin, token = np.divmod(best, logs.shape[-1])
        tokens = np.take_along_axis(tokens, origin[..., None], 1)
        tokens[:, :, t + 1] = token
        finished = np.take_along_axis(finished, origin, 1) | (token == END)
        if finished.all():
            break
    lengths = np.maximum(np.count_nonzero(tokens[:, :, 1:], axis=-1), 1)
    first = (scores / lengths).argmax(axis=1)
    return [
        Answer(
            tuple(int(one) for one in row[k, 1:] if one not in (END, PADDING)),
            float(score[k]),
            int(length[k]),
        )
        for row, score, length, k in zip(tokens, scores, lengths, first, strict=True)
    ]


def _next(network: Layer, beside: dict[str, Array], tokens: Array, t: int) -> Array:
    """Log-probabilities (rows, K) of the token after the first t + 1."""
    width = min(_rounded(t + 1), tokens.shape[1])
    at = np.zeros((len(tokens), width), network.dtype)
    at[:, t] = 1.0
    logs = network.predict({**beside, "prefix": np.ascontiguousarray(tokens[:, :width]), "at": at})
    return np.array(logs, np.float64)


def _largest(total: Array, count: int) -> Array:
    """Where the largest entries of each row are, the largest first; of equal ones the first."""
    return np.argsort(-total, axis=1, kind="stable")[:, :count]


def _rounded(length: int) -> int:
    return -(-length // STEP) * STEP
