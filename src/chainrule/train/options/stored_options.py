"""The options that every run folder keeps, whatever it learns from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from chainrule.errors import RunError
from chainrule.train.options.checks import check_dtype
from chainrule.train.options.option import DATA, OPTIMIZER, TRAINING, Section, option, options_of
from chainrule.train.options.training_options import TrainingOptions

__all__ = ["StoredOptions"]


@dataclass(frozen=True, kw_only=True)
class StoredOptions(TrainingOptions):
    """The options of a training that is kept in a run folder.

    `to_tables` and `from_tables` are how config.toml holds them.
    """

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

    @property
    def paths(self) -> tuple[str, ...]:
        """The options that are paths: they may change when the files of a run have moved."""
        return ("source",)

    @property
    def members(self) -> int:
        """How many networks the run has: more than one for the first of an ensemble."""
        return 1

    @property
    def own_seed(self) -> int:
        """The seed of this network: of its first parameters, its dropout and its batches."""
        return self.seed

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
        options, values = options_of(cls), cls.absent_hyperparameters()
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

    def as_stored(self) -> Self:
        """The options of a stored run, in which nothing is left to be chosen."""
        return self
