"""The options of a run: those of any training, the data that are read, and the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import OptionError
from chainrule.train.options.checks import check_ensemble
from chainrule.train.options.chosen_options import ChosenOptions
from chainrule.train.options.held_out.held_out_options import HeldOutOptions
from chainrule.train.options.option import Section, option, options_of
from chainrule.train.options.stored_options import StoredOptions
from chainrule.train.options.table_options import TableOptions

if TYPE_CHECKING:
    from chainrule.nn import Sequential

__all__ = ["RunOptions"]


@dataclass(frozen=True, kw_only=True)
class RunOptions(ChosenOptions, HeldOutOptions, TableOptions, StoredOptions):
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
    def paths(self) -> tuple[str, ...]:
        """The options that are paths: they may change when the files of a run have moved."""
        return ("source", "test")

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
