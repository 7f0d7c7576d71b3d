"""The settings of a training: the model and how it is trained."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, final

import numpy as np

from chainrule.errors import OptionError, RunError, UnknownNameError
from chainrule.nn import Sequential, mlp
from chainrule.train import optimizers, schedules
from chainrule.train.data.class_weights import ClassWeights
from chainrule.train.data.dataset import Dataset
from chainrule.train.loop.early_stopping import EarlyStopping
from chainrule.train.loop.session import Session, check_accumulate, check_epochs
from chainrule.train.schedules import WarmUp
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.stepper import ENGINES

__all__ = ["TrainingSettings"]

MOST_UNITS = 1_000_000
"""The widest hidden layer that is accepted."""


@final
@dataclass(frozen=True)
class TrainingSettings:
    """The model and how it is trained: the table `training` of a run's config.toml.

    `layers` are the hidden widths, `init` None chooses the initialisation by the activation, and
    `optimizer` holds a name and hyperparameters.  Raises OptionError for values out of range.
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
        # With all hyperparameters, so that a run keeps those it began with if defaults change.
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
            if type(width) is not int or not 0 < width <= MOST_UNITS:
                raise OptionError(
                    "layers", expected=f"whole numbers from 1 to {MOST_UNITS:,}", got=repr(width)
                )
        if self.batch_norm and self.batch_size == 1:
            raise OptionError(
                "batch norm",
                expected="batches of two rows or more",
                got="batches of a single row, which has no spread",
                remedy="take larger batches, or leave batch norm out",
            )

    def to_dict(self) -> dict[str, Any]:
        """The settings as entries for TOML, which has no None."""
        return {k: v for k, v in dataclasses.asdict(self).items() if v is not None}

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> TrainingSettings:
        """The inverse of `to_dict`; `RunError` for unknown entries."""
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
