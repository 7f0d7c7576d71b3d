"""The results of folds as lines of JSON, which a run folder keeps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from chainrule.train.loop.folds.cross_validation import FoldRecord
from chainrule.train.storage.json_lines import read_lines, write_lines
from chainrule.train.storage.schema import (
    Schema,
    either,
    null,
    number,
    plain,
    table,
    whole,
)

__all__ = ["from_lines", "to_lines"]

_REAL = number(finite=False)
_MAYBE: Schema = either("a number, or null", _REAL, null)
RECORD = table(
    {
        "fold": whole(1),
        "asked_epochs": whole(1),
        "epochs": whole(),
        "train_rows": whole(1),
        "rows": whole(1),
        "loss": _REAL,
        "metric": _MAYBE,
        "seconds": _REAL,
    },
    others=plain,
)
"""A line of the file; entries of a newer version are ignored."""


def to_lines(records: Iterable[tuple[int, FoldRecord]]) -> bytes:
    """A line of JSON for each record and the number of epochs that was asked for.

    Numbers that are not finite become text.

    >>> to_lines([(9, FoldRecord(1, 4, 80, 20, 0.5, None, 0.25))])
    b'{"fold": 1, "epochs": 4, "train_rows": 80, "rows": 20, "loss": 0.5, "metric": null, \
"seconds": 0.25, "asked_epochs": 9}\\n'
    """
    return write_lines({**asdict(record), "asked_epochs": asked} for asked, record in records)


def from_lines(content: bytes, where: str = "folds") -> dict[int, tuple[int, FoldRecord]]:
    """The inverse of `to_lines`, by the number of the fold, of which the last line counts.

    A truncated last line is ignored: the process was killed while it wrote.  Raises RunError for
    any other line that cannot be read.

    >>> record = FoldRecord(2, 4, 80, 20, 0.1 + 0.2, float("inf"), 0.25)
    >>> from_lines(to_lines([(9, record)]) + b'{"fold": 3, "ep') == {2: (9, record)}
    True
    """
    lines = read_lines(
        content,
        RECORD,
        where,
        expected="the result of one fold",
        remedy="restore the file from a copy, or delete it to train the folds again",
    )
    return {entries["fold"]: (entries["asked_epochs"], _record(entries)) for entries in lines}


def _record(entries: dict[str, Any]) -> FoldRecord:
    metric = entries["metric"]
    return FoldRecord(
        fold=entries["fold"],
        epochs=entries["epochs"],
        train_rows=entries["train_rows"],
        rows=entries["rows"],
        loss=float(entries["loss"]),
        metric=None if metric is None else float(metric),
        seconds=float(entries["seconds"]),
    )
