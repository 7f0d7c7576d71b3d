"""Reading config.toml, and checking that the checkpoint next to it was trained with it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from chainrule.errors import RunError
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.features.cycles import PERIODS
from chainrule.train.data.reading.reading_options import AS_BEFORE, Reading
from chainrule.train.options import RunOptions
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.storage.checkpoint import Checkpoint
from chainrule.train.storage.schema import (
    Schema,
    check,
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

__all__ = [
    "check_options",
    "read_checkpoint",
    "read_config",
    "read_reading",
    "with_settings_digest",
]


_SHARE = number(least=0.0)
_WEIGHTS: Schema = either("weights", text, table_of(_SHARE), list_of(_SHARE))

COLUMN = table(
    {"name": text, "kind": one_of("number", "boolean", "category", "date")},
    {
        "mean": number(),
        "scale": number(above=0.0),
        "categories": list_of(text, distinct=True),
        "fill": either("a finite number, or a text", number(), text),
        "cycles": list_of(one_of(*PERIODS), distinct=True),
        "buckets": whole(1),
        "embedding": whole(1),
        "indicator": truth,
    },
    others=plain,
)
TARGET: Schema = table(
    {"name": text, "task": one_of("classification", "regression")},
    {
        "classes": list_of(text, least=2, distinct=True),
        "mean": list_of(number(), least=1),
        "scale": list_of(number(above=0.0), least=1),
    },
    others=plain,
)
READING: Schema = table(
    {},
    {
        "categorical": list_of(text),
        "numeric": list_of(text),
        "date": list_of(text),
        "date_format": list_of(text),
        "missing": list_of(text),
        "decimal": one_of(".", ","),
        "encoding": text,
        "delimiter": text,
        "header": truth,
        "skip_ragged": truth,
        "drop": list_of(text),
        "ignored": list_of(text),
        "stored": truth,
        "plain": truth,
    },
)
OPTIONS: dict[str, Schema] = {
    "data": table(
        {"source": text},
        {
            "target": text,
            "task": text,
            "impute": text,
            "drop": list_of(text),
            **dict.fromkeys(("categorical", "numeric", "date"), list_of(text)),
            **dict.fromkeys(("date_format", "missing"), list_of(text)),
            **dict.fromkeys(("decimal", "encoding", "delimiter", "text_columns"), text),
            **dict.fromkeys(("no_header", "skip_ragged", "require_target"), truth),
            **dict.fromkeys(("test", "group", "time"), text),
            "folds": whole(2),
            "time_input": truth,
            "test_fraction": _SHARE,
            "validation_fraction": _SHARE,
            "seed": whole(),
        },
        others=plain,
    ),
    "training": table(
        {},
        {
            "layers": list_of(whole(1)),
            "activation": text,
            "batch_norm": truth,
            "dropout": _SHARE,
            "init": text,
            "ensemble": whole(2),
            "member": whole(1),
            "dtype": text,
            "epochs": whole(1),
            "batch_size": either("a whole number, or full", whole(1), one_of("full")),
            "clip_value": _SHARE,
            "clip_norm": _SHARE,
            "schedule": text,
            "warm_up": text,
            "patience": whole(1),
            "watch": text,
            "accumulate": whole(1),
            "class_weights": _WEIGHTS,
            "seed": whole(),
            "engine": text,
            "optimizer": table({"name": text}, others=either("a number", number(), truth)),
        },
        others=plain,
    ),
}
CONFIG = table(
    {
        "format": whole(1),
        "fingerprint": text,
        **OPTIONS,
        "encoder": table({"columns": list_of(COLUMN, least=1), "target": TARGET}, others=plain),
    },
    {"reading": READING},
    others=plain,
)
"""The entries of config.toml; what a newer version adds is left to the options themselves."""


def read_config(folder: RunFolder) -> tuple[RunOptions, Encoder, str]:
    """The options of the run, the encoder, and the fingerprint of the data.

    Raises RunError where a part is missing or cannot be understood.
    """
    config = folder.config
    missing = [key for key in ("data", "training", "encoder", "fingerprint") if key not in config]
    if missing:
        raise RunError(
            str(folder.path / "config.toml"),
            expected="tables data, training and encoder, and a fingerprint",
            got=f"none called {', '.join(missing)}",
            remedy="restore the file from a copy, or train again",
        )
    where, remedy = str(folder.path / "config.toml"), "undo the changes, or train again"
    check(CONFIG, config, where, remedy)
    options = RunOptions.from_tables(config).as_stored()
    encoder = Encoder.from_dict(config["encoder"])
    target = encoder.target
    numbers = len(target.mean) if target.task == "regression" else len(target.classes)
    if not numbers or len(target.mean) != len(target.scale):
        raise RunError(
            where,
            expected=f"what a target of {target.task} is encoded with",
            got="less",
            remedy=remedy,
        )
    return options, encoder, config["fingerprint"]


def read_reading(folder: RunFolder) -> Reading:
    """How the files of a run are read: as its own was, whose entries `read_config` has checked."""
    entries = folder.config.get("reading")
    return AS_BEFORE if entries is None else Reading.from_dict(entries)


def check_options(tables: Mapping[str, Any]) -> None:
    """Raise RunError for options that could be written, but would never be read again."""
    check(table(OPTIONS), tables, "config.toml of the run", "choose another value")


def read_checkpoint(folder: RunFolder) -> Checkpoint:
    """The checkpoint of a run; RunError if it was not trained with the configuration.

    Otherwise, changes would go unnoticed: another seed moves test rows into the training part, and
    other numbers in the encoder shift every prediction.
    """
    checkpoint = folder.checkpoint()
    if checkpoint.extra.get("settings") != _settings_digest(folder.config):
        raise RunError(
            str(folder.path),
            expected="a checkpoint trained with the settings in config.toml",
            got="one trained with others",
            remedy="undo the changes to config.toml (only epochs may change), or start a new run",
        )
    checkpoint.check_finite(str(folder.path))
    return checkpoint


def with_settings_digest(checkpoint: Checkpoint, config: Mapping[str, Any]) -> Checkpoint:
    """The checkpoint together with a digest of the settings it was trained with."""
    # A run without early stopping says so: `best` is in every run folder.
    extra = {"best": None, **checkpoint.extra, "settings": _settings_digest(config)}
    return dataclasses.replace(checkpoint, extra=extra)


def _settings_digest(config: Mapping[str, Any]) -> str:
    """A digest of all settings that decide what is computed.

    These exclude the number of epochs, and the paths of the data, which a fingerprint identifies.
    """
    may_change = {"data": ("source", "test"), "training": ("epochs",), "encoder": ()}
    parts = {
        part: {key: value for key, value in config[part].items() if key not in may_change[part]}
        for part in ("data", "training", "encoder")
    }
    if config.get("reading"):  # which earlier versions did not know, nor needed for such files
        parts["reading"] = config["reading"]
    text = json.dumps([parts, config["fingerprint"]], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
