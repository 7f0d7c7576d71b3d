"""Reading config.toml, and checking that the checkpoint next to it was trained with it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from chainrule.errors import RunError
from chainrule.train.options.stored_options import StoredOptions
from chainrule.train.runs.domain import Domain
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.storage.checkpoint import Checkpoint
from chainrule.train.storage.schema import (
    Schema,
    check,
    list_of,
    one_of,
    plain,
    table,
    text,
    truth,
    whole,
)

__all__ = [
    "DEFAULT_KIND",
    "check_options",
    "read_checkpoint",
    "read_config",
    "with_settings_digest",
]

Options = TypeVar("Options", bound=StoredOptions)

DEFAULT_KIND = "table"
"""The domain of a run whose config.toml does not say."""

PARTS = ("data", "training", "encoder")

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
"""How the files of a run are read."""


def read_config(folder: RunFolder, domain: Domain[Options]) -> tuple[Options, Any, str]:
    """The options of the run, what it encodes data with, and the fingerprint of the data.

    Raises RunError where a part is missing or cannot be understood, and for a run of another
    domain.
    """
    config, where = folder.config, str(folder.path / "config.toml")
    kind = config.get("kind", DEFAULT_KIND)
    if kind != domain.name:
        raise RunError(
            str(folder.path),
            expected=f"a run of kind {domain.name!r}",
            got=f"one of kind {kind!r}"[:80],
            remedy="name another run",
        )
    missing = [key for key in (*PARTS, "fingerprint") if key not in config]
    if missing:
        raise RunError(
            where,
            expected="tables data, training and encoder, and a fingerprint",
            got=f"none called {', '.join(missing)}",
            remedy="restore the file from a copy, or train again",
        )
    required = {"format": whole(1), "fingerprint": text, **domain.schemas}
    schema = table(required, {"reading": READING, "kind": text}, others=plain)
    check(schema, config, where, "undo the changes, or train again")
    options = domain.options.from_tables(config).as_stored()
    return options, domain.coder(config["encoder"], where), config["fingerprint"]


def check_options(tables: Mapping[str, Any], domain: Domain[Any]) -> None:
    """Raise RunError for options that could be written, but would never be read again."""
    schema = table({part: domain.schemas[part] for part in tables})
    check(schema, tables, "config.toml of the run", "choose another value")


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
        for part in PARTS
    }
    if config.get("reading"):  # which earlier versions did not know, nor needed for such files
        parts["reading"] = config["reading"]
    text = json.dumps([parts, config["fingerprint"]], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
