"""The options of a run on texts with classes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

from chainrule.domains.chosen_options import ChosenDomainOptions
from chainrule.domains.text.options import LONGEST_WINDOW, TextOptions
from chainrule.errors import OptionError
from chainrule.train.options.checks import if_given, one_of
from chainrule.train.options.option import DATA, Section, option, option_like
from chainrule.train.options.run_options import RunOptions
from chainrule.train.options.training_options import TrainingOptions

__all__ = ["LONGEST_WINDOW", "LabelledTextOptions"]


@final
@dataclass(frozen=True, kw_only=True)
class LabelledTextOptions(ChosenDomainOptions):
    """The options of a run on texts with classes; None is chosen once the texts are known."""

    words: ClassVar[str] = "texts with classes"
    selected_by: ClassVar[Collection[str]] = ("text_column",)
    former: ClassVar[Mapping[str, Any]] = {
        "window": 64,
        "hidden": 64,
        "dropout": 0.3,
        "epochs": 30,
        "optimizer": "adamw",
    }

    text_column: str | None = option(
        None,
        "Predict the target from the texts in this column.",
        "COLUMN",
        Section.TEXT,
        check=if_given(str),
        tables=(DATA,),
    )
    target: str | None = option_like(RunOptions, "target", None)
    tokens: str = option_like(
        TextOptions, "tokens", "words", check=one_of("tokens", "words", "characters")
    )
    window: int | None = option_like(TextOptions, "window", None)
    model: str = option_like(
        TextOptions,
        "model",
        "lstm",
        check=one_of("model", "lstm", "gru", "rnn", "transformer", "average"),
    )
    hidden: int | None = option_like(TextOptions, "hidden", None)
    dropout: float | None = option_like(TextOptions, "dropout", None)
    schedule: Any = option_like(TrainingOptions, "schedule", "cosine")
    patience: int | None = option_like(RunOptions, "patience", None)

    @classmethod
    def reads(cls, source: str, given: Mapping[str, Any]) -> bool:
        """See `DomainOptions.reads`: only an option says so."""
        return False

    def columns(self) -> tuple[str, str]:
        """The names of the columns of texts and of classes.  Raises OptionError for none."""
        if self.text_column is None or self.target is None:
            missing = "--target" if self.target is None else "--text-column"
            raise OptionError(
                missing, expected="the name of a column", got="none", remedy=f"add {missing} COLUMN"
            )
        if self.text_column == self.target:
            raise OptionError(
                "--target", expected="another column than that of the texts", got=self.target
            )
        return self.text_column, self.target
