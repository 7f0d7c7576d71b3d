"""Answers to the texts in a file, and how good they are where the file has answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chainrule.domains.pairs.answers.judging import answered
from chainrule.domains.pairs.answers.scores import chrf, exact_match
from chainrule.domains.pairs.texts.coder import PairCoder
from chainrule.domains.pairs.texts.reading import read_sources
from chainrule.domains.pairs.texts.tokens import shown
from chainrule.domains.trained import Predicted
from chainrule.errors import OptionError
from chainrule.nn import Layer

__all__ = ["MOST_BEAM", "predict_file"]

MOST_BEAM = 64


def predict_file(
    network: Layer, coder: PairCoder, file: Path | None, *, beam: int | None = None, **given: Any
) -> Predicted:
    """The answers of a network, each with its log-probability per token.

    Raises OptionError without a file, and for a beam that is not from 1 to `MOST_BEAM`.
    """
    if file is None:
        raise OptionError("predict", expected="a file of texts", got="none", remedy="name one")
    beam = 1 if beam is None else beam
    if isinstance(beam, bool) or not 1 <= beam <= MOST_BEAM:
        raise OptionError("beam", expected=f"a number from 1 to {MOST_BEAM}", got=repr(beam))
    rows = read_sources(file, coder.columns)
    texts, decoded = answered(network, coder, rows.sources, beam)
    source, target = coder.columns
    columns: dict[str, list[Any]] = {source: rows.sources}
    if rows.answers is not None:
        columns[target] = rows.answers
    columns["prediction"] = texts
    columns["log_probability_per_token"] = [one.per_token for one in decoded]
    notes = _unknown(coder, rows.sources)
    if rows.answers is not None:
        right = exact_match(texts, rows.answers)
        notes.append(
            f"{100 * right:.2f} % of {len(texts):,} answers are exactly right; "
            f"chrF {chrf(texts, rows.answers):.1f}"
        )
    return Predicted(columns, tuple(notes))


def _unknown(coder: PairCoder, sources: Sequence[str]) -> list[str]:
    """A note on tokens that no training text had."""
    unknown = [coder.source.unknown(source) for source in sources]
    count = sum(map(bool, unknown))
    if not count:
        return []
    distinct = list(dict.fromkeys(shown(token) for one in unknown for token in one))
    listed = ", ".join(map(repr, distinct[:6])) + ", …" * (len(distinct) > 6)
    texts = "1 text has" if count == 1 else f"{count:,} texts have"
    return [f"{texts} {coder.source.kind} that no training text had, read as unknown: {listed}"]
