"""The options of a run: those of any training, the data that are read, and the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from chainrule.errors import OptionError, RunError
from chainrule.train.options.checks import check_dtype, check_ensemble
from chainrule.train.options.chosen_options import ChosenOptions
from chainrule.train.options.held_out_options import HeldOutOptions
from chainrule.train.options.option import DATA, OPTIMIZER, TRAINING, Section, option, options_of
from chainrule.train.options.table_options import TableOptions
from chainrule.train.options.training_options import TrainingOptions

if TYPE_CHECKING:
    from chainrule.nn import Sequential

__all__ = ["RunOptions"]


@dataclass(frozen=True, kw_only=True)
class RunOptions(ChosenOptions, HeldOutOptions, TableOptions):
    """The options of a run: all that `chainrule train` is given about what it trains, and how.

    `layers` are the hidden widths.  Of an `ensemble`, each network is a run of its own, and
    `member` says which, from 1 on.

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
    ensemble: int | None = option(
        None,
        "Average the predictions of N networks, trained one after another.",
        "N",
        Section.MODEL,
        check=check_ensemble,
        typed=int,
        unset="a single network",
    )
    member: int = option(
        1,
        "Which network of an ensemble this is.",
        "N",
        Section.MODEL,
        typed=int,
        store=lambda number: None if number == 1 else number,
        stored=True,
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
        usual, _ = options_of(type(self))["test_fraction"]
        self._check_held_out(self.test_fraction not in (usual, 0))
        if self.batch_norm and self.batch_size == 1:
            raise OptionError(
                "batch norm",
                expected="batches of two rows or more",
                got="batches of a single row, which has no spread",
                remedy="take larger batches, or leave batch norm out",
            )
        if self.folds is not None and self.ensemble is not None:
            raise OptionError(
                "folds and ensemble",
                expected="one of the two",
                got=f"{self.folds} folds and {self.ensemble} networks",
                remedy="compare settings with folds first, then train the ensemble without them",
            )
        if not 1 <= self.member <= (self.ensemble or 1):
            raise OptionError(
                "member",
                expected=f"a network of the {self.ensemble or 1} there are",
                got=f"number {self.member}",
            )

    @property
    def members(self) -> int:
        """How many networks the run has: more than one for the first of an ensemble."""
        return (self.ensemble or 1) if self.member == 1 else 1

    @property
    def own_seed(self) -> int:
        """The seed of this network: of its first parameters, its dropout and its batches.

        The first member of an ensemble is the network that would be trained without one; the seeds
        of the others are derived from that of the run.  Rows are held out by the seed of the run.

        >>> import dataclasses
        >>> one = RunOptions("iris", seed=4, ensemble=3)
        >>> one.own_seed, dataclasses.replace(one, member=2).own_seed
        (4, 2882990446)
        """
        if self.member == 1:
            return self.seed
        return int(np.random.SeedSequence([self.seed, self.member]).generate_state(1)[0])

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

    def model(
        self,
        inputs: int,
        outputs: int,
        dtype: Any = None,
        tables: Mapping[int, tuple[int, int]] | None = None,
    ) -> Sequential:
        """The untrained network these options describe, in their dtype or another.

        It embeds the columns of codes that `tables` has the numbers and the widths of.
        """
        from chainrule.nn import EmbedColumns, Sequential, mlp

        assert self.layers is not None, "chosen before there is a model"
        dtype = np.dtype(dtype or self.dtype)
        embed = EmbedColumns(inputs, tables, dtype=dtype) if tables else None
        network = mlp(
            inputs if embed is None else embed.outputs,
            self.layers,
            outputs,
            activation=self.activation,
            batch_norm=self.batch_norm,
            dropout=self.dropout,
            init=self.init,
            seed=self.own_seed,
            dtype=dtype,
        )
        return network if embed is None else Sequential(embed, *network.layers, seed=self.own_seed)
