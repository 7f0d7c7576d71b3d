"""How good a network is on held-out pairs, beside what needs no network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.domains.judged import Judged, ReportTable
from chainrule.domains.pairs.answers.baselines import nearest_answers
from chainrule.domains.pairs.answers.decoding import Answer, decode
from chainrule.domains.pairs.answers.scores import chrf, exact_match
from chainrule.domains.pairs.texts.coder import PairCoder
from chainrule.nn import Layer

__all__ = ["MOST_JUDGED", "answered", "judge_pairs"]

Pair = tuple[str, str]

MOST_JUDGED = 2000
"""The most held-out pairs that are decoded for a report, drawn with a fixed seed."""

SHOWN, WIDTH = 5, 24
"""Examples in a report, and the most characters of each text there."""


def answered(
    network: Layer, coder: PairCoder, sources: Sequence[str], beam: int = 1
) -> tuple[list[str], list[Answer]]:
    """The network's answers to sources, as texts and as they were decoded."""
    encoded = [coder.source.encode(source) for source in sources]
    longest = coder.longest + max(4, coder.longest // 4)
    found = decode(network, encoded, longest, beam)
    return [coder.answer.decode(one.tokens) for one in found], found


def judge_pairs(
    network: Layer,
    coder: PairCoder,
    part: str,
    held_out: Sequence[Pair],
    train: Sequence[Pair],
    loss: float,
) -> Judged:
    """Exact matches and chrF on pairs of a `part` that no training had, with examples.

    Of more than `MOST_JUDGED`, as many are drawn.  `loss` is the mean per token on all of them.
    """
    judged, of = list(held_out), f"{len(held_out):,} {part} pairs"
    if len(judged) > MOST_JUDGED:
        rng = np.random.default_rng(0)
        chosen = sorted(rng.choice(len(judged), MOST_JUDGED, replace=False))
        judged = [judged[int(i)] for i in chosen]
        of = f"{MOST_JUDGED:,} of {of}"
    sources, wanted = [source for source, _ in judged], [answer for _, answer in judged]
    answers, _ = answered(network, coder, sources)
    ways = {
        "network": answers,
        "copy": sources,
        "nearest": nearest_answers(sources, train),
    }
    scores = {
        name: {"exact_match": exact_match(texts, wanted), "chrf": chrf(texts, wanted)}
        for name, texts in ways.items()
    }
    names = {
        "network": "this network, greedily",
        "copy": "the source itself",
        "nearest": "nearest source's answer",
    }
    table = ReportTable(
        f"Answers to {of}",
        ("by", "exactly right", "chrF"),
        [
            (names[name], f"{100 * one['exact_match']:.2f} %", f"{one['chrf']:.1f}")
            for name, one in scores.items()
        ],
        left=("by",),
    )
    wrong = [i for i in range(len(judged)) if answers[i] != wanted[i]]
    shown = (wrong + [i for i in range(len(judged)) if answers[i] == wanted[i]])[:SHOWN]
    kind = "wrong" if len(wrong) >= len(shown) else "wrong ones first" if wrong else "all right"
    examples = ReportTable(
        f"Examples of these, {kind}",
        ("source", "answer", "wanted"),
        [tuple(map(_cut, (sources[i], answers[i], wanted[i]))) for i in shown],
        left=("source", "answer", "wanted"),
    )
    notes = [
        f"cross-entropy per token {loss:.4g} on the {part} pairs, a perplexity of "
        f"{math.exp(min(loss, 700.0)):.4g}",
        *_notes(scores),
    ]
    entries: dict[str, Any] = {
        "part": part,
        "pairs": len(judged),
        "loss": loss,
        **scores["network"],
        "baselines": {name: scores[name] for name in ("copy", "nearest")},
    }
    return Judged((table, examples), tuple(notes), entries)


def _notes(scores: dict[str, dict[str, float]]) -> list[str]:
    better = {
        "copy": "copying the source",
        "nearest": "giving the answer of the most similar training source",
    }
    worse = [
        words for name, words in better.items() if scores[name]["chrf"] >= scores["network"]["chrf"]
    ]
    return [f"the network does no better than {' and '.join(worse)}"] if worse else []


def _cut(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= WIDTH else f"{words[: WIDTH - 1]}…"
