"""Pairs of texts as data to learn from: read or generated, divided, and encoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np

from chainrule.domains.pairs.options import DATES, PairOptions
from chainrule.domains.pairs.texts.coder import PairCoder
from chainrule.domains.pairs.texts.dates import dates
from chainrule.domains.pairs.texts.reading import read_pairs
from chainrule.domains.pairs.texts.tokens import Vocabulary
from chainrule.errors import DataError, OptionError
from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.data.encoded_answers import unscaled
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.splits import split_rows
from chainrule.train.data.table import digest

__all__ = ["Pairs", "dataset_of", "divided", "read_source"]

GENERATED = 20_000
FEWEST = 3
"""The fewest pairs: one for each part."""


@final
@dataclass(frozen=True)
class Pairs:
    """Pairs of texts under a name, and what their two columns are called."""

    name: str
    columns: tuple[str, str]
    texts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()

    def fingerprint(self) -> str:
        """SHA-256 of all texts."""
        return digest([one.encode("utf-8", "surrogatepass") for pair in self.texts for one in pair])


def read_source(options: PairOptions) -> Pairs:
    """The pairs that the options name, without those that are too long."""
    if options.source == DATES:
        if options.source_column is not None or options.target is not None:
            raise OptionError(
                "source column" if options.source_column is not None else "target",
                expected=f"no columns of {DATES}, which are generated",
                got=repr(options.source_column or options.target),
                remedy="leave it out",
            )
        count = options.rows or GENERATED
        return Pairs(DATES, ("text", "date"), tuple(dates(count)))
    if options.rows is not None:
        raise OptionError(
            "rows",
            expected=f"a number of {DATES}, which are generated",
            got=f"{options.rows} of a file",
            remedy="leave it out",
        )
    assert options.source_column is not None, "by which a run on pairs is recognised"
    rows = read_pairs(options.source, options.source_column, options.target)
    assert rows.answers is not None, "both columns were read"
    texts = tuple(zip(rows.sources, rows.answers, strict=True))
    sides = [Vocabulary(options.tokens, ()) for _ in range(2)]  # type: ignore[arg-type]
    kept = tuple(
        pair
        for pair in texts
        if all(len(v.split(one)) <= options.longest for v, one in zip(sides, pair, strict=True))
    )
    notes: list[str] = []
    if len(kept) < len(texts):
        notes.append(
            f"{len(texts) - len(kept):,} of {len(texts):,} pairs are left out: a text has more "
            f"than {options.longest} {options.tokens} (--longest)"
        )
    if len(kept) < FEWEST:
        raise DataError(
            options.source,
            expected=f"{FEWEST} pairs or more, to learn from and to test with",
            got=f"{len(kept)}",
            remedy="add pairs" if len(kept) == len(texts) else "set a larger --longest",
        )
    return Pairs(Path(options.source).stem, rows.names, kept, tuple(notes))


def divided(pairs: Pairs, options: PairOptions) -> list[list[tuple[str, str]]]:
    """The pairs for training, validation and test; those of one source are in one part."""
    numbers: dict[str, int] = {}
    groups = np.array([numbers.setdefault(source, len(numbers)) for source, _ in pairs.texts])
    split = split_rows(
        len(numbers),
        test_fraction=options.test_fraction,
        validation_fraction=options.validation_fraction,
        seed=options.seed,
        name=options.source,
    )
    return [
        [pairs.texts[i] for i in np.flatnonzero(np.isin(groups, part))]
        for part in (split.train, split.validation, split.test)
    ]


def dataset_of(
    pairs: Pairs, parts: Sequence[Sequence[tuple[str, str]]], coder: PairCoder, dtype: str
) -> Dataset:
    """The encoded parts; all are padded to the longest of all, for one program serves them."""
    widths = (
        max(len(coder.source.split(source)) for source, _ in pairs.texts),
        max(len(coder.answer.split(answer)) for _, answer in pairs.texts),
    )

    def encoded(part: Sequence[tuple[str, str]]) -> Part:
        return coder.encode(part, widths, np.dtype(dtype))

    train, validation, test = map(encoded, parts)
    encoder = Encoder((), unscaled(0))
    return Dataset(pairs.name, train, validation, test, encoder, pairs.fingerprint)
