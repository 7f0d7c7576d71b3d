"""Options of a training that are chosen by the data where they are not given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Self

from chainrule.train.options import defaults
from chainrule.train.options.checks import (
    check_fraction,
    check_widths,
    if_given,
    whole_number,
)
from chainrule.train.options.option import Section, option, option_like
from chainrule.train.options.texts import parse_widths, write_widths
from chainrule.train.options.training_options import TrainingOptions

if TYPE_CHECKING:
    from chainrule.train.optimizers import Optimizer

__all__ = ["ChosenOptions"]

BY_DATA = "by the data"

BY_ACTIVATION = "by-activation"
"""The initial weights that a model has where none are named."""

FORMER = {"layers": (128, 64), "epochs": 40, "optimizer": "adam", "validation_fraction": 0.1}
"""What a run has whose configuration does not say."""


def _check_patience(value: Any) -> int:
    """A whole number of epochs; 0 for no early stopping."""
    if isinstance(value, int) and not isinstance(value, bool) and value == 0:
        return 0
    return whole_number("patience", "a whole number of epochs, or 0 to never stop early")(value)


@dataclass(frozen=True, kw_only=True)
class ChosenOptions(TrainingOptions):
    """The options of a training, of which those that are None are chosen once the data are known.

    `choose` does so, by the rules in `defaults.py`.  A `patience` of 0 asks for no early stopping,
    and is None once the others are chosen.
    """

    chosen_optimizer = "adamw"

    optimizer: str | Optimizer | None = option_like(  # type: ignore[assignment]
        TrainingOptions, "optimizer", None, unset="adamw, its decay by the data"
    )
    epochs: int | None = option_like(  # type: ignore[assignment]
        TrainingOptions,
        "epochs",
        None,
        help="Passes over the data, at most.",
        check=if_given(whole_number("epochs", "a whole number, 1 or more")),
        unset=BY_DATA,
    )
    batch_size: int | Literal["full"] | None = option_like(
        TrainingOptions, "batch_size", None, unset="32, or 128 of many"
    )
    patience: int | None = option_like(
        TrainingOptions,
        "patience",
        None,
        help="Stop after N epochs without improvement; keep the best. 0 never stops.",
        check=if_given(_check_patience),
        unset=BY_DATA,
    )
    validation_fraction: float | None = option_like(  # type: ignore[assignment]
        TrainingOptions,
        "validation_fraction",
        None,
        check=if_given(check_fraction("validation")),
        unset=BY_DATA,
    )
    layers: tuple[int, ...] | None = option(
        None,
        "Widths of the hidden layers.",
        "W,W,…",
        Section.MODEL,
        check=if_given(check_widths),
        store=list,
        parse=parse_widths,
        write=write_widths,
        unset=BY_DATA,
    )
    init: str | None = option(
        None,
        "Initial weights: he, xavier, zeros, uniform(-0.1,1), by-activation, …",
        "NAME",
        Section.MODEL,
        unset="xavier",
    )

    def validation_share(self, rows: int) -> float:
        """The share that validates, of `rows` that the test leaves."""
        if self.validation_fraction is not None:
            return self.validation_fraction
        # What waits for a better validation needs one, however few the rows are.
        judged = bool(self.patience) or self.parts[1].validates
        return defaults.SHARE if judged else defaults.validation_share(rows)

    def choose(self, rows: int, *, validated: bool) -> tuple[Self, dict[str, Any]]:
        """All options for `rows` to train with, and those of them that were not given, by name."""
        size = rows if self.batch_size == "full" else self.batch_size
        schedule = self.parts[1]
        rules = defaults.choose(
            rows,
            validated=validated,
            ends=schedule.ends,
            rate=self.learning_rate,
            batch_size=size,
        )
        if schedule.validates and rules["patience"] is not None:
            rules["patience"] *= defaults.LONGER  # the rate falls first
        if schedule.ends and self.epochs is not None and rules["patience"] is not None:
            rules["patience"] = self.epochs
        if self.optimizer is not None:  # which then has its own
            for name in ("optimizer", "learning_rate", "weight_decay"):
                del rules[name]
        chosen = {
            name: value
            for name, value in rules.items()
            if value is not None and getattr(self, name) is None
        }
        given: dict[str, Any] = {"patience": None} if self.patience == 0 else {}
        if self.init == BY_ACTIVATION:
            given["init"] = None
        if self.validation_fraction is None:
            chosen["validation_fraction"] = defaults.SHARE if validated else 0.0
        return replace(self, **{**chosen, **given}), chosen

    def as_stored(self) -> Self:
        """The options of a stored run, in which nothing is left to be chosen."""
        absent = {name: value for name, value in FORMER.items() if getattr(self, name) is None}
        return replace(self, **absent) if absent else self
