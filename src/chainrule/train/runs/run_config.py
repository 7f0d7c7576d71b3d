"""Reading config.toml, and checking that the checkpoint next to it was trained with it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from chainrule.errors import ChainruleError, RunError
from chainrule.train.data.encoder import Encoder
from chainrule.train.options import RunOptions
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.storage.checkpoint import Checkpoint

__all__ = ["read_checkpoint", "read_config", "with_settings_digest"]


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
    try:
        return (
            RunOptions.from_tables(config),
            Encoder.from_dict(config["encoder"]),
            str(config["fingerprint"]),
        )
    except ChainruleError:
        raise
    except (TypeError, ValueError, KeyError, AttributeError) as error:  # edited by hand
        raise RunError(
            str(folder.path / "config.toml"),
            expected="settings as chainrule wrote them",
            got=f"others ({error})",
            remedy="undo the changes, or train again",
        ) from None


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
    return checkpoint


def with_settings_digest(checkpoint: Checkpoint, config: Mapping[str, Any]) -> Checkpoint:
    """The checkpoint together with a digest of the settings it was trained with."""
    # A run without early stopping says so: `best` is in every run folder.
    extra = {"best": None, **checkpoint.extra, "settings": _settings_digest(config)}
    return dataclasses.replace(checkpoint, extra=extra)


def _settings_digest(config: Mapping[str, Any]) -> str:
    """A digest of all settings that decide what is computed.

    These exclude the number of epochs, and the path of the data, which a fingerprint identifies.
    """
    may_change = {"data": "source", "training": "epochs"}
    parts = {
        part: {key: value for key, value in config[part].items() if key != may_change.get(part)}
        for part in ("data", "training", "encoder")
    }
    text = json.dumps([parts, config["fingerprint"]], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
