"""What config.toml may hold about any run; a newer version's entries are left to the options."""

from __future__ import annotations

from chainrule.train.storage.schema import (
    Schema,
    either,
    list_of,
    number,
    one_of,
    plain,
    table,
    table_of,
    text,
    truth,
    whole,
)

__all__ = ["SHARE", "data_schema", "training_schema"]

SHARE = number(least=0.0)

_WEIGHTS: Schema = either("weights", text, table_of(SHARE), list_of(SHARE))


def data_schema(own: dict[str, Schema]) -> Schema:
    """The table `data`, with a domain's `own` entries."""
    common = {"test_fraction": SHARE, "validation_fraction": SHARE, "seed": whole()}
    return table({"source": text}, {**own, **common}, others=plain)


def training_schema(own: dict[str, Schema]) -> Schema:
    """The table `training`, with a domain's `own` entries."""
    common: dict[str, Schema] = {
        "dtype": text,
        "epochs": whole(1),
        "batch_size": either("a whole number, or full", whole(1), one_of("full")),
        "clip_value": SHARE,
        "clip_norm": SHARE,
        "schedule": text,
        "warm_up": text,
        "patience": whole(1),
        "watch": text,
        "accumulate": whole(1),
        "class_weights": _WEIGHTS,
        "seed": whole(),
        "engine": text,
        "optimizer": table({"name": text}, others=either("a number", number(), truth)),
    }
    return table({}, {**own, **common}, others=plain)
