"""The options of any training, from Python and on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from chainrule.train.options.checks import (
    check_class_weights,
    check_clipping,
    check_engine,
    check_fraction,
    check_schedule,
    check_seed_number,
    check_warm_up,
    if_given,
    one_of,
    whole_number,
)
from chainrule.train.options.optimizer_entry import (
    load_optimizer,
    make_optimizer,
    store_optimizer,
)
from chainrule.train.options.option import DATA, OPTIMIZER, TRAINING, Section, option, options_of
from chainrule.train.options.texts import parse_batch_size, parse_class_weights

if TYPE_CHECKING:
    from chainrule.train.data.class_weights import ClassWeights
    from chainrule.train.optimizers import Optimizer
    from chainrule.train.schedules import Schedule, WarmUp

__all__ = ["TrainingOptions"]


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """The options of any training: those that `fit` takes; see there for what they mean.

    Values are checked and brought into their normal form, such as an Optimizer for its name.
    Raises OptionError for values out of range, and UnknownNameError for unknown names.

    >>> TrainingOptions(optimizer="sgd", learning_rate=0.5).optimizer
    SGD(learning_rate=0.5, momentum=0.0, nesterov=False, weight_decay=0.0)
    """

    chosen_optimizer = ""
    """The name of the one that is chosen where none is given; "" where one must be."""

    optimizer: str | Optimizer = option(
        "adam",
        "sgd, rmsprop, adagrad, adam or adamw.",
        "NAME",
        Section.UPDATE,
        store=store_optimizer,
        load=load_optimizer,
    )
    learning_rate: float | None = option(
        None,
        "Step size η.",
        "RATE",
        Section.UPDATE,
        typed=float,
        tables=(OPTIMIZER,),
        unset="the optimizer's",
        short=("--lr",),
    )
    epochs: int = option(
        40,
        "Passes over the data.",
        "N",
        Section.LENGTH,
        check=whole_number("epochs", "a whole number, 1 or more"),
        typed=int,
        unset="{}",
        in_fit=20,
    )
    batch_size: int | Literal["full"] | None = option(
        None,
        "Rows of a batch; 1 is stochastic, full takes all.",
        "N",
        Section.LENGTH,
        parse=parse_batch_size,
        unset="32",
    )
    clip_value: float | None = option(
        None,
        "Clip gradient entries to ±this.",
        "SIZE",
        Section.CLIPPING,
        check=if_given(check_clipping("value")),
        typed=float,
    )
    clip_norm: float | None = option(
        None,
        "Clip the gradient's norm to this.",
        "SIZE",
        Section.CLIPPING,
        check=if_given(check_clipping("norm")),
        typed=float,
    )
    schedule: str | Schedule = option(
        "constant",
        "Of η: constant, step(epochs, gamma), cosine(floor) or plateau(patience, factor).",
        "NAME(…)",
        Section.COURSE,
        check=check_schedule,
        store=str,
    )
    warm_up: str | int | WarmUp | None = option(
        None,
        "Let η rise first, over '100 steps', '2 epochs'.",
        "LENGTH",
        Section.COURSE,
        check=check_warm_up,
        store=str,
    )
    patience: int | None = option(
        None,
        "Stop after N epochs without improvement; keep the best.",
        "N",
        Section.COURSE,
        check=if_given(whole_number("patience", "a whole number of epochs above 0")),
        typed=int,
    )
    watch: Literal["loss", "metric"] = option(
        "loss",
        "What --patience is about, in validation.",
        "loss|metric",
        Section.COURSE,
        check=one_of("watch", "loss", "metric"),
    )
    accumulate: int = option(
        1,
        "Batches whose gradients make one update.",
        "N",
        Section.COURSE,
        check=whole_number("accumulate", "a whole number, 1 or more"),
        typed=int,
    )
    class_weights: ClassWeights | None = option(
        None,
        "balanced, or what a class counts: good=1,bad=3; the others 1.",
        "WEIGHTS",
        Section.COURSE,
        check=check_class_weights,
        parse=parse_class_weights,
        store=lambda weights: list(weights) if isinstance(weights, tuple) else weights,
    )
    test_fraction: float = option(
        0.2,
        "Rows held out for the test.",
        "SHARE",
        Section.HELD_OUT,
        check=check_fraction("test"),
        tables=(DATA,),
        typed=float,
        in_fit=0.0,
    )
    validation_fraction: float = option(
        0.1,
        "Rows held out for validation.",
        "SHARE",
        Section.HELD_OUT,
        check=check_fraction("validation"),
        tables=(DATA,),
        typed=float,
        in_fit=0.0,
    )
    seed: int = option(
        0,
        "Of the split, the weights and the batches.",
        "N",
        Section.SEED,
        check=check_seed_number,
        tables=(DATA, TRAINING),
        typed=int,
    )
    engine: str = option(
        "compiled",
        "What runs the steps.",
        "compiled|reference",
        Section.ENGINE,
        check=check_engine,
    )

    def __post_init__(self) -> None:
        options = options_of(type(self))
        for name, (_, known) in options.items():
            object.__setattr__(self, name, known.check(getattr(self, name)))
        absent = self.absent_hyperparameters()
        given = {
            name: getattr(self, name) for name in absent if getattr(self, name) != absent[name]
        }
        if self.optimizer is None and self.chosen_optimizer:  # only what fits it may be given
            make_optimizer(self.chosen_optimizer, given)
            return
        object.__setattr__(self, "optimizer", make_optimizer(self.optimizer, given))
        for name, none in absent.items():
            object.__setattr__(self, name, none)

    @classmethod
    def absent_hyperparameters(cls) -> dict[str, Any]:
        """The optimizer's own options as they are where it has its hyperparameters already.

        That is None, or False of a flag; a class of options may have other defaults.
        """
        return {
            name: False if known.typed is bool else None
            for name, (_, known) in options_of(cls).items()
            if OPTIMIZER in known.tables
        }

    def validation_share(self, rows: int) -> float:
        """The share that validates, of `rows` that the test leaves."""
        return self.validation_fraction

    @property
    def parts(self) -> tuple[Optimizer, Schedule, WarmUp | None]:
        """Optimizer, schedule and warm-up, which may have been given by name."""
        return self.optimizer, self.schedule, self.warm_up  # type: ignore[return-value]
