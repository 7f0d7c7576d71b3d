"""The options of a run: those of any training, the data that are read, and the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from chainrule.errors import OptionError, RunError
from chainrule.train.options.checks import check_dtype
from chainrule.train.options.chosen_options import ChosenOptions
from chainrule.train.options.option import DATA, OPTIMIZER, TRAINING, Section, option, options_of
from chainrule.train.options.table_options import TableOptions
from chainrule.train.options.training_options import TrainingOptions

if TYPE_CHECKING:
    from chainrule.nn import Sequential

__all__ = ["RunOptions"]


@dataclass(frozen=True, kw_only=True)
class RunOptions(ChosenOptions, TableOptions):
    """The options of a run: all that `chainrule train` is given about what it trains, and how.

    `layers` are the hidden widths.

    >>> RunOptions("iris", layers=(8,), patience=3).to_tables()["data"]
    {'source': 'iris', 'drop': [], 'test_fraction': 0.2, 'seed': 0}
    >>> options, chosen = RunOptions("iris", layers=(8,)).choose(120, validated=False)
    >>> options.layers, options.epochs, "layers" in chosen
    ((8,), 200, False)
    """

    activation: str = option("relu", "Of the hidden layers.", "NAME", Section.MODEL)
    batch_norm: bool = option(False, "Before each activation.", None, Section.MODEL, typed=bool)
    dropout: float = option(
        0.0, "Share of activations dropped.", "SHARE", Section.MODEL, typed=float
    )
    dtype: str = option(
        "float32", "Precision.", "float32|float64", Section.PRECISION, check=check_dtype
    )
    momentum: float | None = option(
        None, "Of sgd.", "RATE", Section.UPDATE, typed=float, tables=(OPTIMIZER,)
    )
    nesterov: bool = option(
        False, "Nesterov momentum, of sgd.", None, Section.UPDATE, typed=bool, tables=(OPTIMIZER,)
    )
    weight_decay: float | None = option(
        None, "Pull towards zero.", "RATE", Section.UPDATE, typed=float, tables=(OPTIMIZER,)
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch_norm and self.batch_size == 1:
            raise OptionError(
                "batch norm",
                expected="batches of two rows or more",
                got="batches of a single row, which has no spread",
                remedy="take larger batches, or leave batch norm out",
            )

    def to_tables(self) -> dict[str, dict[str, Any]]:
        """The tables `data` and `training` of config.toml, without entries for None."""
        tables: dict[str, dict[str, Any]] = {DATA: {}, TRAINING: {}}
        options, inherited = options_of(type(self)), options_of(TrainingOptions)
        for name in sorted(options, key=lambda name: name in inherited):  # data and model first
            known, value = options[name][1], getattr(self, name)
            for table in () if value is None else known.tables:
                entry = known.store(value)
                if table in tables and entry is not None:
                    tables[table][name] = entry
        return tables

    @classmethod
    def from_tables(cls, tables: Mapping[str, Mapping[str, Any]]) -> Self:
        """The inverse of `to_tables`.

        Raises RunError for unknown entries, for data without a source, and where an option that is
        in both tables has two values.
        """
        options, values = options_of(cls), dict[str, Any]()
        for table in (DATA, TRAINING):
            names = {name for name, (_, known) in options.items() if table in known.tables}
            unknown = set(tables[table]) - names
            if unknown or (table == DATA and "source" not in tables[DATA]):
                raise RunError(
                    f"{table} settings",
                    expected=f"entries among {', '.join(sorted(names))}",
                    got=", ".join(sorted(unknown or tables[table])) or "none",
                    remedy="correct config.toml, or train again",
                )
            for name, entry in tables[table].items():
                value = options[name][1].load(entry)
                if values.setdefault(name, value) != value:
                    raise RunError(
                        f"{name} in config.toml",
                        expected="one for data and training",
                        got=f"{values[name]!r} and {value!r}",
                        remedy="undo the changes, or start a new run",
                    )
        return cls(**values)

    def model(self, inputs: int, outputs: int, dtype: Any = None) -> Sequential:
        """The untrained network these options describe, in their dtype or another."""
        from chainrule.nn import mlp

        assert self.layers is not None, "chosen before there is a model"

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
