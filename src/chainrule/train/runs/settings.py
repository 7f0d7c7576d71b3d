"""What a run is told to do, and how its folder's configuration says so."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, final

import numpy as np

from chainrule.errors import ChainruleError, OptionError, RunError, UnknownNameError
from chainrule.nn import Sequential, mlp
from chainrule.train import optimizers, schedules
from chainrule.train.data.class_weights import ClassWeights
from chainrule.train.data.dataset import Dataset, DataSettings
from chainrule.train.data.encoding import Encoder
from chainrule.train.loop.early_stopping import EarlyStopping
from chainrule.train.loop.fit import Session, check_accumulate, check_epochs
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.schedules import WarmUp
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.stepper import ENGINES
from chainrule.train.storage.checkpoint import Checkpoint

__all__ = ["Settings", "marked", "read_checkpoint", "read_config"]

WIDEST = 1_000_000


@final
@dataclass(frozen=True)
class Settings:
    """The model and how it is trained; a table of the run's config.toml.

    `layers` are the hidden widths, `init` None draws by the activation, `optimizer` holds its name
    and hyperparameters.  Raises OptionError for values out of range.
    """

    layers: tuple[int, ...] = (128, 64)
    activation: str = "relu"
    batch_norm: bool = False
    dropout: float = 0.0
    init: str | None = None
    dtype: str = "float32"
    epochs: int = 40
    batch_size: int | Literal["full"] | None = None
    optimizer: Mapping[str, Any] = field(default_factory=lambda: {"name": "adam"})
    clip_value: float | None = None
    clip_norm: float | None = None
    schedule: str = "constant"
    warm_up: str | None = None
    patience: int | None = None
    watch: Literal["loss", "metric"] = "loss"
    accumulate: int = 1
    class_weights: ClassWeights | None = None
    seed: int = 0
    engine: str = "compiled"

    def __post_init__(self) -> None:
        check_epochs(self.epochs)
        # In full: a run goes on with the hyperparameters it began with, whatever the defaults are.
        optimizer = optimizers.to_dict(optimizers.from_dict(self.optimizer))
        object.__setattr__(self, "optimizer", optimizer)
        object.__setattr__(self, "schedule", str(schedules.get(self.schedule)))
        if self.warm_up is not None:
            object.__setattr__(self, "warm_up", str(WarmUp.of(self.warm_up)))
        EarlyStopping(1 if self.patience is None else self.patience, self.watch)
        check_accumulate(self.accumulate)
        if self.engine not in ENGINES:
            raise UnknownNameError("engine", self.engine, ENGINES)
        if self.dtype not in ("float32", "float64"):
            raise OptionError("dtype", expected="float32 or float64", got=repr(self.dtype))
        for width in self.layers:
            if type(width) is not int or not 0 < width <= WIDEST:
                raise OptionError(
                    "layers", expected=f"whole numbers from 1 to {WIDEST:,}", got=repr(width)
                )
        if self.batch_norm and self.batch_size == 1:
            raise OptionError(
                "batch norm",
                expected="batches of two rows or more",
                got="batches of a single row, which has no spread",
                remedy="take larger batches, or leave batch norm out",
            )

    def to_dict(self) -> dict[str, Any]:
        """As entries for TOML, which has no None."""
        return {k: v for k, v in dataclasses.asdict(self).items() if v is not None}

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Settings:
        """The inverse of `to_dict`; `RunError` for entries it does not know."""
        entries = dict(entries)
        known = {f.name for f in dataclasses.fields(cls)}
        if unknown := set(entries) - known:
            raise RunError(
                "training settings",
                expected=f"entries among {', '.join(sorted(known))}",
                got=", ".join(sorted(unknown)),
                remedy="correct config.toml, or train again",
            )
        weights = entries.get("class_weights")
        if isinstance(weights, list):
            entries["class_weights"] = tuple(weights)
        return cls(**{**entries, "layers": tuple(entries.get("layers", (128, 64)))})

    def model(self, inputs: int, outputs: int, dtype: Any = None) -> Sequential:
        """The untrained network these settings describe."""
        return mlp(
            inputs,
            self.layers,
            outputs,
            activation=self.activation,
            batch_norm=self.batch_norm,
            dropout=self.dropout,
            init=self.init,
            seed=self.seed,
            dtype=np.dtype(dtype or self.dtype),
        )

    def session(self, model: Sequential, dataset: Dataset) -> Session:
        """The training these settings describe."""
        return Session(
            model,
            dataset,
            optimizer=optimizers.from_dict(self.optimizer),
            batch_size=self.batch_size,
            clipping=Clipping(self.clip_value, self.clip_norm),
            schedule=self.schedule,
            warm_up=self.warm_up,
            stopping=None if self.patience is None else EarlyStopping(self.patience, self.watch),
            accumulate=self.accumulate,
            class_weights=self.class_weights,
            seed=self.seed,
            engine=self.engine,
        )


def read_config(folder: RunFolder) -> tuple[DataSettings, Settings, Encoder, str]:
    """What a run's configuration says; RunError where a part is missing or cannot be understood."""
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
            DataSettings.from_dict(config["data"]),
            Settings.from_dict(config["training"]),
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
    """The checkpoint of a run, with a RunError where it does not belong to the configuration.

    Another seed would move test rows into the training part, other numbers in the encoder would
    shift every prediction, and neither would be noticed.
    """
    checkpoint = folder.checkpoint()
    if checkpoint.extra.get("settings") != _mark(folder.config):
        raise RunError(
            str(folder.path),
            expected="a checkpoint trained with the settings in config.toml",
            got="one trained with others",
            remedy="undo the changes to config.toml (only epochs may change), or start a new run",
        )
    return checkpoint


def marked(checkpoint: Checkpoint, config: Mapping[str, Any]) -> Checkpoint:
    """The checkpoint, with a mark of the settings it was trained with."""
    return dataclasses.replace(checkpoint, extra={**checkpoint.extra, "settings": _mark(config)})


def _mark(config: Mapping[str, Any]) -> str:
    """A digest of all settings that decide what is computed.

    Not of the number of epochs, nor of the place of the data, which have a fingerprint.
    """
    free = {"data": "source", "training": "epochs"}
    parts = {
        part: {key: value for key, value in config[part].items() if key != free.get(part)}
        for part in ("data", "training", "encoder")
    }
    text = json.dumps([parts, config["fingerprint"]], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
