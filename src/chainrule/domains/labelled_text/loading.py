"""Texts with classes as what runs learn from: read from a table, divided, encoded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any, final

import numpy as np

from chainrule.domains.labelled_text.coder import LabelledTextCoder, plain_text
from chainrule.domains.labelled_text.options import LabelledTextOptions
from chainrule.domains.text.texts.tokens import Kind, Vocabulary, split
from chainrule.errors import DataError
from chainrule.graph import Array
from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.encoding.target_coder import TargetCoder
from chainrule.train.data.reading.sources import read
from chainrule.train.data.splits import split_rows
from chainrule.train.data.table import digest
from chainrule.train.runs.domain import Material

__all__ = ["LabelledTexts", "encode_texts", "read_texts"]

LONGEST = {"words": 128, "characters": 256}
"""The most tokens of a text that are read by default."""

COVERED = 0.95
"""The share of the texts that are read to their end by default."""

MOST_CLASSES = 1000


@final
@dataclass(frozen=True)
class LabelledTexts:
    """Texts and the class of each, by name."""

    name: str
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes, sorted."""
        return tuple(sorted(set(self.labels)))

    def fingerprint(self) -> str:
        """SHA-256 of texts and classes."""
        return digest([part.encode() for part in (*self.texts, *self.labels)])


def read_texts(options: LabelledTextOptions, memory: int | None = None) -> LabelledTexts:
    """The texts with classes of the file that the options name.

    Rows without a text or a class are left out.  Raises DataError and UnknownNameError.
    """
    text_column, target = options.columns()
    table = read(options.source, text={text_column, target}, memory=memory, labels=target)
    texts = table.column(text_column, "text column").labels()
    labels = table.column(target, "target column").labels()
    pairs = [
        (text, label)
        for text, label in zip(texts, labels, strict=True)
        if text is not None and text.strip() and label is not None
    ]
    left_out = len(texts) - len(pairs)
    classes = Counter(label for _, label in pairs)
    if not 2 <= len(classes) <= MOST_CLASSES:
        raise DataError(
            options.source,
            expected=f"from 2 to {MOST_CLASSES:,} classes in column {target!r}",
            got=f"{len(classes):,}",
            remedy="choose another target",
        )
    listed = [f"{name} {count:,}" for name, count in sorted(classes.items())][:8]
    notes = [
        f"{len(pairs):,} texts from column {text_column!r}, of {len(classes)} classes: "
        + ", ".join([*listed, *["…"] * (len(classes) > 8)])
    ]
    if left_out:
        s = "s" * (left_out > 1)
        notes.append(f"left out: {left_out:,} row{s} without a text or a class")
    return LabelledTexts(
        table.name, tuple(t for t, _ in pairs), tuple(c for _, c in pairs), tuple(notes)
    )


def encode_texts(
    data: LabelledTexts, options: LabelledTextOptions, coder: LabelledTextCoder | None = None
) -> Material:
    """The texts in three parts, encoded by the coder, or by one that the first part is known to."""
    classes = data.classes if coder is None else coder.classes
    number = {name: i for i, name in enumerate(classes)}
    labels = np.array([number[label] for label in data.labels], np.int64)
    rows = split_rows(
        len(labels),
        labels=labels,
        classes=classes,
        test_fraction=options.test_fraction,
        validation_fraction=options.validation_fraction,
        seed=options.seed,
        name=data.name,
    )
    notes = list(data.notes)
    if coder is None:
        coder = _fitted([data.texts[i] for i in rows.train], options, classes, data.name)
    parts = (rows.train, rows.validation, rows.test)
    kept = tuple(tuple(data.texts[i] for i in of) for of in parts)
    train, validation, test = (
        Part(coder.encode(texts, np.dtype(options.dtype)), labels[of])
        for texts, of in zip(kept, parts, strict=True)
    )
    notes.append(_note(coder, kept, train.x["mask"]))
    encoder = Encoder((), TargetCoder(str(options.target), "classification", classes))
    found = partial(str, data.fingerprint())
    dataset = Dataset(data.name, train, validation, test, encoder, found)
    return Material(dataset, coder, tuple(notes), kept=kept)


def _fitted(
    texts: list[str], options: LabelledTextOptions, classes: tuple[str, ...], name: str
) -> LabelledTextCoder:
    """The coder of the training texts: their vocabulary, and how long most of them are."""
    kind: Kind = "words" if options.tokens == "words" else "characters"
    plain = [plain_text(text, kind) for text in texts]
    vocabulary = Vocabulary.of("\n".join(plain), kind)
    if not set(vocabulary.tokens) - {"\n"}:
        raise DataError(
            name,
            expected="words that occur twice or more in the training texts",
            got="none",
            remedy="take more texts, or --tokens characters",
        )
    lengths = [len(split(text, kind)) for text in plain]
    usual = max(4, int(np.quantile(lengths, COVERED)))
    length = options.window or min(usual, LONGEST[kind])
    return LabelledTextCoder(vocabulary, length, classes)


def _note(coder: LabelledTextCoder, kept: tuple[tuple[str, ...], ...], mask: Array) -> str:
    """The vocabulary, the lengths, and whether test texts were trained with, in words."""
    known = coder.vocabulary
    words = f"{len(known.tokens):,} different {known.kind}"
    full = float(mask[:, -1].mean())
    cut = f", as many as {100 * full:.0f} % have or more" if full else ""
    seen = {*kept[0]}
    again: Any = sum(text in seen for text in kept[2])
    note = f"{words}; texts are read up to {coder.length} {known.kind}{cut}"
    if again:
        note += f"; {again:,} of {len(kept[2]):,} test texts are also among those of the training"
    return note
