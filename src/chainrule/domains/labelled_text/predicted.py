"""Predictions for the texts of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from chainrule.domains.labelled_text.coder import LabelledTextCoder
from chainrule.domains.labelled_text.options import LabelledTextOptions
from chainrule.domains.trained import Predicted, Trained
from chainrule.errors import OptionError
from chainrule.train.data.reading.sources import read
from chainrule.train.evaluation.class_scores import log_softmax

__all__ = ["predict_texts"]


def predict_texts(
    trained: Trained[LabelledTextOptions, LabelledTextCoder],
    file: Path | None,
    memory: int | None = None,
) -> Predicted:
    """The class of each row of a file with a column of texts, and how probable the classes are."""
    if file is None:
        raise OptionError("predict", expected="a file with a column of texts", got="none")
    coder, notes = trained.coder, list[str]()
    text_column, target = trained.options.columns()
    table = read(file, text={text_column, target}, memory=memory, labels=target)
    texts = table.column(text_column, "text column").labels()
    empty = sum(text is None or not text.strip() for text in texts)
    if empty:
        notes.append(f"{empty:,} of {len(texts):,} rows have no text: a guess without knowledge")
    x = coder.encode([text or "" for text in texts], trained.network.dtype)
    logs = log_softmax(np.asarray(trained.network.predict(x)))
    best = logs.argmax(axis=1)
    columns: dict[str, Any] = {"prediction": [coder.classes[i] for i in best]}
    for i, name in enumerate(coder.classes):
        columns[f"p({name})"] = np.exp(logs[:, i]).tolist()
    if target in table.columns:
        notes += _score(table.columns[target].labels(), coder.classes, logs)
    return Predicted(columns, tuple(notes))


def _score(labels: list[str | None], classes: tuple[str, ...], logs: Any) -> list[str]:
    """How good the predictions are, where the file has the answers."""
    known = [(i, classes.index(label)) for i, label in enumerate(labels) if label in classes]
    if not known:
        return []
    rows, true = (np.array(one) for one in zip(*known, strict=True))
    right = 100 * float(np.mean(logs[rows].argmax(axis=1) == true))
    loss = -float(logs[rows, true].mean())
    return [f"scored in {len(rows):,} rows: accuracy {right:.2f} %, loss {loss:.4f}"]
