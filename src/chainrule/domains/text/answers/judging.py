"""How good a language model is: bits of each token of the test, beside n-grams."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.domains.judged import Judged, ReportTable
from chainrule.domains.text.answers.sample import Sample
from chainrule.domains.text.baseline.baselines import baselines
from chainrule.domains.text.texts.coder import TextCoder
from chainrule.domains.text.texts.loading import tokens_of
from chainrule.train.runs.domain import Material

__all__ = ["UNITS", "held_out", "judge_text"]

UNITS = {"characters": "character", "words": "word", "bytes": "byte"}


def judge_text(material: Material, coder: TextCoder, losses: Any, sample: Sample) -> Judged:
    """The judgement, by the `losses` of the tokens that were held out, and a generated `sample`."""
    part, place = held_out(material)
    known = coder.vocabulary
    weights = getattr(material.dataset, part).y
    bits = float(np.asarray(losses, np.float64)[..., 0][weights > 0].mean() / np.log(2))
    train = tokens_of(material, "train")
    validation = tokens_of(material, "validation") if part == "test" else train[:0]
    tokens = tokens_of(material, part)
    counted = baselines(train, validation, tokens, known.size, known.kind)
    rows = {
        "the network": bits,
        f"{counted.order}-grams, Kneser–Ney": counted.ngram,
        f"single {known.kind}": counted.single,
        f"all {known.kind} alike": counted.even,
    }
    unit = UNITS[known.kind]
    table = ReportTable(
        f"{place}: {len(tokens) - 1:,} {known.kind}",
        ("model", f"bits per {unit}", "perplexity"),
        [[name, f"{value:.3f}", f"{2.0**value:,.2f}"] for name, value in rows.items()],
        left=("model",),
    )
    entries = {
        "part": part,
        "tokens": len(tokens) - 1,
        "unit": unit,
        "bits": bits,
        "perplexity": 2.0**bits,
        "ngram": {"order": counted.order, "bits": counted.ngram, "perplexity": 2.0**counted.ngram},
        "unigram": {"bits": counted.single, "perplexity": 2.0**counted.single},
        "beats_ngram": bits < counted.ngram,
        "sample": {"prompt": sample.prompt, "text": sample.text},
    }
    return Judged((table,), _notes(bits, counted.ngram, counted.order, unit, sample), entries)


def held_out(material: Material) -> tuple[str, str]:
    """The part to judge by, and what it is called."""
    data = material.dataset
    if len(data.test):
        return "test", "Test text, the end of it"
    if len(data.validation):
        return "validation", "Validation text, by which the training was stopped"
    return "train", "Training text: nothing is held out"


def _notes(bits: float, ngram: float, order: int, unit: str, sample: Sample) -> tuple[str, ...]:
    gain = ngram - bits
    if gain > 0:
        found = f"The network beats {order}-grams by {gain:.3f} bits per {unit}."
    else:
        found = (
            f"The network does not beat {order}-grams, which need {-gain:.3f} bits per {unit} less;"
            " more text, epochs or a larger --hidden may help."
        )
    return found, f"After “{_line(sample.prompt)}” it writes: “{_line(sample.text)}”"


def _line(text: str) -> str:
    return " ".join(text.split())
