"""What may change when a run is resumed: where its data are, and how long it is trained."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from chainrule.errors import OptionError, RunError
from chainrule.train.data.reading.sklearn_datasets import DATA_SETS
from chainrule.train.options.stored_options import StoredOptions
from chainrule.train.storage.checkpoint import Checkpoint

__all__ = ["check_epochs", "check_folds", "resumed_options", "with_absolute_paths"]

Options = TypeVar("Options", bound=StoredOptions)


def resumed_options(options: Options, moved: Mapping[str, str], epochs: int | None) -> Options:
    """The options of a run with other paths, those that have `moved`, and another length.

    Raises OptionError for test rows of their own where the run has none.
    """
    if "test" in moved and getattr(options, "test", None) is None:
        raise OptionError(
            "test",
            expected="nothing: the test rows of this run come from its own data",
            got=moved["test"],
            remedy="leave it out, or start a new run",
        )
    if moved:
        options = with_absolute_paths(dataclasses.replace(options, **moved))
    return options if epochs is None else dataclasses.replace(options, epochs=epochs)


def with_absolute_paths(options: Options) -> Options:
    """The options with absolute paths, which are valid from any working directory."""
    paths = {name: getattr(options, name) for name in options.paths}
    absolute = {
        name: str(Path(path).resolve())
        for name, path in paths.items()
        if path is not None and path not in DATA_SETS and os.path.exists(path)
    }
    return dataclasses.replace(options, **absolute)


def check_epochs(epochs: int | None, checkpoint: Checkpoint) -> None:
    """Raise OptionError for fewer epochs than are done."""
    if epochs is not None and epochs < checkpoint.epoch:
        raise OptionError(
            "epochs",
            expected=f"at least the {checkpoint.epoch} that are done",
            got=str(epochs),
            remedy="start a new run to train for fewer",
        )


def check_folds(folds: int, rows: int) -> None:
    """Raise RunError for more folds than rows, which would fill the memory."""
    if folds > rows:
        raise RunError(
            "folds in config.toml",
            expected=f"at most one for each of {rows} rows",
            got=str(folds),
            remedy="undo the changes, or start a new run",
        )
