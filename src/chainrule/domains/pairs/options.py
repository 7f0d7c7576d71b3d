"""The options of a run that learns from pairs of texts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from chainrule.domains.domain_options import DomainOptions
from chainrule.domains.option_checks import share, whole
from chainrule.train.options.checks import if_given, one_of
from chainrule.train.options.option import DATA, Section, option, option_like
from chainrule.train.options.run_options import RunOptions
from chainrule.train.options.training_options import TrainingOptions

__all__ = ["DATES", "MOST_LENGTH", "PairOptions"]

DATES = "dates"
"""The data set that is generated: dates as people write them, and in ISO 8601."""

MOST_HEADS = 8

MOST_LENGTH, MOST_DATES, MOST_UNITS, MOST_LAYERS = 10_000, 200_000, 8192, 64
"""The largest values of options; there are half a million ways to write the dates of a century."""

RATE = 0.002
"""The learning rate of Adam, where none is given."""


@dataclass(frozen=True, kw_only=True)
class PairOptions(DomainOptions):
    """The options of a run on pairs of texts, one a row of a file.

    `source_column` and `target` name the columns of a file with a header, or number them, from 1,
    in one without.

    >>> PairOptions("pairs.tsv", source_column="en", target="de").to_tables()["data"]["tokens"]
    'characters'
    """

    words: ClassVar[str] = "pairs of texts"
    selected_by: ClassVar[Collection[str]] = ("source_column",)

    source_column: str | None = option(
        None,
        "The column of texts to start from; its number where the file has no header.",
        "COLUMN",
        Section.PAIRS,
        check=if_given(str),
        tables=(DATA,),
        short=("--source",),
    )
    target: str | None = option_like(RunOptions, "target", None)
    tokens: str = option(
        "characters",
        "What a text is cut into: characters or words.",
        "KIND",
        Section.TEXT,
        check=one_of("tokens", "characters", "words"),
        tables=(DATA,),
    )
    longest: int = option(
        200,
        "Leave out pairs with a text of more tokens.",
        "N",
        Section.PAIRS,
        check=whole("longest", MOST_LENGTH),
        typed=int,
        tables=(DATA,),
    )
    rows: int | None = option(
        None,
        "How many dates to generate.",
        "N",
        Section.PAIRS,
        check=if_given(whole("rows", MOST_DATES)),
        typed=int,
        tables=(DATA,),
        unset="20000",
    )
    hidden: int = option(
        64,
        "Width of the layers.",
        "N",
        Section.MODEL,
        check=whole("hidden", MOST_UNITS),
        typed=int,
    )
    depth: int = option(
        1,
        "Layers, one upon the other; of pairs, in each of encoder and decoder.",
        "N",
        Section.MODEL,
        check=whole("depth", MOST_LAYERS),
        typed=int,
    )
    dropout: float = option_like(RunOptions, "dropout", 0.0, check=share("dropout"))
    label_smoothing: float = option(
        0.0,
        "Share of a token's target that all tokens share.",
        "SHARE",
        Section.COURSE,
        check=share("label smoothing"),
        typed=float,
    )
    epochs: int | None = option_like(RunOptions, "epochs", None)  # type: ignore[assignment]
    batch_size: Any = option_like(TrainingOptions, "batch_size", 64)
    clip_norm: float | None = option_like(TrainingOptions, "clip_norm", 1.0)
    schedule: Any = option_like(TrainingOptions, "schedule", "cosine")
    warm_up: Any = option_like(TrainingOptions, "warm_up", "100 steps")
    patience: int | None = option_like(RunOptions, "patience", None)

    def __post_init__(self) -> None:
        if self.optimizer == "adam" and self.learning_rate is None:
            object.__setattr__(self, "learning_rate", RATE)
        super().__post_init__()

    @classmethod
    def reads(cls, source: str, given: Mapping[str, Any]) -> bool:
        """See `DomainOptions.reads`."""
        return source == DATES

    @property
    def paths(self) -> tuple[str, ...]:
        """See `StoredOptions.paths`: a data set that is generated has no path."""
        return () if self.source == DATES else ("source",)

    @property
    def heads(self) -> int:
        """How many heads each attention has: up to eight, each of 16 units or more, by divisors."""
        most = min(MOST_HEADS, max(1, self.hidden // 16))
        return next(heads for heads in range(most, 0, -1) if self.hidden % heads == 0)
