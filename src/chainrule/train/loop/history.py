"""The history of a training: one record for each epoch, written as lines of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, final

from chainrule.graph.display import write
from chainrule.train.storage.json_lines import read_lines, write_lines
from chainrule.train.storage.schema import (
    Schema,
    either,
    null,
    number,
    plain,
    table,
    table_of,
    whole,
)

__all__ = ["EpochRecord", "History", "from_lines", "to_lines"]

_REAL = number(finite=False)
_MAYBE: Schema = either("a number, or null", _REAL, null)
RECORD = table(
    {
        "epoch": whole(),
        "step": whole(),
        "train_loss": _REAL,
        "learning_rate": _REAL,
        "seconds": _REAL,
    },
    {
        "validation_loss": _MAYBE,
        "validation_metric": _MAYBE,
        "gradient_norms": table_of(_REAL),
    },
    others=plain,
)
"""A line of the file; entries of a newer version are ignored."""


@final
@dataclass(frozen=True)
class EpochRecord:
    """The results of one epoch.

    `epoch` and `step` count completed ones from 1; `train_loss` is the mean over the epoch's rows,
    each computed at its own step; `learning_rate` and `gradient_norms`, the L2 norm of each
    layer's gradient from first to last, are those of the last step.
    """

    epoch: int
    step: int
    train_loss: float
    learning_rate: float
    seconds: float
    validation_loss: float | None = None
    validation_metric: float | None = None
    gradient_norms: Mapping[str, float] = field(default_factory=dict[str, float])


@final
class History(tuple[EpochRecord, ...]):
    """The records of a training, one for each epoch; a notebook displays its curves.

    >>> history = History([EpochRecord(1, 3, 0.5, 0.1, 0.5), EpochRecord(2, 6, 0.25, 0.1, 0.5)])
    >>> len(history), history[-1].train_loss, history
    (2, 0.25, <history of 2 epochs: training loss 0.5 to 0.25>)
    """

    __slots__ = ()

    def __repr__(self) -> str:
        if not self:
            return "<history of no epochs>"
        ends = f"{self[0].train_loss:.4g} to {self[-1].train_loss:.4g}"
        return f"<history of {len(self)} epoch{'s' * (len(self) > 1)}: training loss {ends}>"

    def _repr_html_(self) -> str:
        return write(self, "html")


def to_lines(records: Iterable[EpochRecord]) -> bytes:
    """One line of JSON in UTF-8 for each record; numbers that are not finite become text.

    >>> to_lines([EpochRecord(1, 3, float("nan"), 0.1, 0.5)])[:43]
    b'{"epoch": 1, "step": 3, "train_loss": "nan"'
    """
    return write_lines(map(asdict, records))


def from_lines(content: bytes, where: str = "history") -> list[EpochRecord]:
    """The inverse of `to_lines`, for files that may have been interrupted or continued.

    A truncated last line is ignored: the process was killed while it wrote. A record of an earlier
    epoch replaces all records from that epoch on: the epoch was run again. Raises `RunError` for
    any other line that cannot be read.

    >>> record = EpochRecord(1, 3, 0.1 + 0.2, 0.1, 0.5, gradient_norms={"layer 1": 2.0})
    >>> from_lines(to_lines([record]) + b'{"epoch": 2, "st') == [record]
    True
    """
    records: list[EpochRecord] = []
    expected, remedy = "a record of one epoch", "restore the file from a copy"
    for entries in read_lines(content, RECORD, where, expected=expected, remedy=remedy):
        record = _record(entries)
        while records and records[-1].epoch >= record.epoch:
            records.pop()
        records.append(record)
    return records


def _record(entries: Mapping[str, Any]) -> EpochRecord:
    def number(key: str) -> float | None:
        return None if entries.get(key) is None else float(entries[key])

    return EpochRecord(
        epoch=entries["epoch"],
        step=entries["step"],
        train_loss=float(entries["train_loss"]),
        learning_rate=float(entries["learning_rate"]),
        seconds=float(entries["seconds"]),
        validation_loss=number("validation_loss"),
        validation_metric=number("validation_metric"),
        gradient_norms={k: float(v) for k, v in (entries.get("gradient_norms") or {}).items()},
    )
