"""The options of a run that learns from a text."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from chainrule.domains.domain_options import DomainOptions
from chainrule.domains.option_checks import share, whole
from chainrule.domains.text.texts.recognising import is_text
from chainrule.train.options.checks import if_given, one_of
from chainrule.train.options.option import DATA, Section, option, option_like
from chainrule.train.options.run_options import RunOptions
from chainrule.train.options.training_options import TrainingOptions

__all__ = ["LONGEST_WINDOW", "TextOptions"]

MOST_HEADS = 8

LONGEST_WINDOW = 4096

FORMER: Mapping[str, Any] = {
    "window": 64,
    "hidden": 128,
    "depth": 1,
    "dropout": 0.0,
    "epochs": 20,
    "optimizer": "adam",
}
"""What a run has whose configuration was cut."""


MOST_UNITS, MOST_LAYERS = 8192, 64


@dataclass(frozen=True, kw_only=True)
class TextOptions(DomainOptions):
    """The options of a run on a text; None is chosen once the text is known.

    >>> TextOptions("book.txt", model="gru").to_tables()["data"]["tokens"]
    'characters'
    """

    words: ClassVar[str] = "a text"
    chosen_optimizer = "adam"
    selected_by: ClassVar[Collection[str]] = ("text",)

    text: bool = option(
        False,
        "Learn what follows in SOURCE, a text.",
        None,
        Section.TEXT,
        typed=bool,
        tables=(DATA,),
        store=lambda value: value or None,
        unset="if it is no table",
    )
    tokens: str = option(
        "characters",
        "What a text is cut into: characters, words or bytes.",
        "KIND",
        Section.TEXT,
        check=one_of("tokens", "characters", "words", "bytes"),
        tables=(DATA,),
    )
    window: int | None = option(
        None,
        "Steps that the network sees at once.",
        "N",
        Section.TEXT,
        check=if_given(whole("window", LONGEST_WINDOW, least=2)),
        typed=int,
        tables=(DATA,),
        unset="by the data",
    )
    model: str = option(
        "lstm",
        "The network: lstm, gru, rnn or transformer.",
        "NAME",
        Section.MODEL,
        check=one_of("model", "lstm", "gru", "rnn", "transformer"),
        unset="by the data",
    )
    hidden: int | None = option(
        None,
        "Width of the layers.",
        "N",
        Section.MODEL,
        check=if_given(whole("hidden", MOST_UNITS)),
        typed=int,
        unset="by the data",
    )
    depth: int | None = option(
        None,
        "Layers, one upon the other.",
        "N",
        Section.MODEL,
        check=if_given(whole("depth", MOST_LAYERS)),
        typed=int,
        unset="by the data",
    )
    dropout: float | None = option_like(
        RunOptions, "dropout", None, check=if_given(share("dropout")), unset="by the data"
    )
    epochs: int | None = option_like(RunOptions, "epochs", None)  # type: ignore[assignment]
    batch_size: Any = option_like(TrainingOptions, "batch_size", 32)
    optimizer: Any = option_like(RunOptions, "optimizer", None)
    clip_norm: float | None = option_like(TrainingOptions, "clip_norm", 1.0)
    schedule: Any = option_like(TrainingOptions, "schedule", "cosine")
    warm_up: Any = option_like(TrainingOptions, "warm_up", "50 steps")
    patience: int | None = option_like(RunOptions, "patience", None)
    test_fraction: float = option_like(TrainingOptions, "test_fraction", 0.1)

    @classmethod
    def reads(cls, source: str, given: Mapping[str, Any]) -> bool:
        """See `DomainOptions.reads`: a text whose lines do not have the cells of a table."""
        return given.keys() <= cls.__dataclass_fields__.keys() and is_text(source)

    def as_stored(self) -> Self:
        """See `StoredOptions.as_stored`: what a configuration lacks that was cut."""
        absent = {name: value for name, value in FORMER.items() if getattr(self, name) is None}
        return replace(self, **absent) if absent else self

    @property
    def heads(self) -> int:
        """How many heads an attention has: up to eight, each of 16 units or more, by divisors."""
        hidden = self.hidden or 1
        most = min(MOST_HEADS, max(1, hidden // 16))
        return next(heads for heads in range(most, 0, -1) if hidden % heads == 0)
