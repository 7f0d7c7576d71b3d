"""The state of a training loop as a checkpoint holds it: checked before anything is restored."""

from __future__ import annotations

from chainrule.errors import RunError
from chainrule.train.storage.checkpoint import Checkpoint
from chainrule.train.storage.schema import (
    Schema,
    check,
    either,
    list_of,
    null,
    number,
    plain,
    table,
    table_of,
    text,
    whole,
)

__all__ = ["check_state"]

REMEDY = "restore it from a copy, or train again"

_REAL, _TIME = number(finite=False), number(least=0.0)
_LEAST: Schema = either("a number, or null", _REAL, null)


def _best(value: object, place: str) -> None:
    if value is not None:
        list_of(_REAL, least=2, most=2)(value, place)
        list_of(whole(1))(value[:1], place)  # type: ignore[index]


STATE = table(
    {},
    {
        "place": whole(),
        "loss_sum": _REAL,
        "rows": whole(),
        "weight": number(above=0.0),
        "epoch_seconds": _TIME,
        "seconds": _TIME,
        "samples": whole(),
        "gradient_norms": table_of(_REAL),
        "learning_rate": _REAL,
        "rate_factor": number(above=0.0),
        "schedule": table({}, {"factor": number(), "least": _LEAST, "waited": whole()}, plain),
        "best": _best,
        "source": table_of(plain),
        "settings": text,
    },
    others=plain,
)
"""What the parts of a loop remember; a part that a missing entry belongs to starts anew."""


def check_state(checkpoint: Checkpoint) -> None:
    """Raise RunError for a state that no training loop has saved."""
    where, extra = "checkpoint", dict(checkpoint.extra)
    check(STATE, extra, where, REMEDY)
    if bool(extra.get("place", 0)) != bool(extra.get("rows", 0)):
        raise RunError(
            where,
            expected="rows in every batch that is done",
            got=f"{extra.get('rows', 0)} rows in {extra.get('place', 0)} batches",
            remedy=REMEDY,
        )
    expected = {**checkpoint.parameters, **checkpoint.buffers} if extra.get("best") else {}
    shapes = {name: array.shape for name, array in expected.items()}
    if {name: array.shape for name, array in checkpoint.best.items()} != shapes:
        raise RunError(
            where,
            expected="all parameters and buffers of the best epoch",
            got="others",
            remedy=REMEDY,
        )
