"""The options of `fit`: those of any training, of a table, and what only Python can give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

from chainrule.errors import OptionError
from chainrule.train.data.padded_loss import padded_loss
from chainrule.train.data.source import DataSource
from chainrule.train.loop.callbacks import Callback
from chainrule.train.loop.history import EpochRecord
from chainrule.train.options import TrainingOptions, options_of
from chainrule.train.options.held_out.held_out_rows import HeldOutRows
from chainrule.train.options.table_options import ColumnOptions
from chainrule.train.steps.hooks import Hook
from chainrule.train.steps.tracing import Loss

__all__ = ["FitOptions", "refuse_division", "refuse_table_options"]


@final
@dataclass(frozen=True, kw_only=True)
class FitOptions(HeldOutRows, ColumnOptions, TrainingOptions):
    """The options of a training and of a table, together with what only Python can give."""

    loss: str | Loss | None = None
    ignore: float | None = None
    label_smoothing: float = 0.0
    on_epoch: Callable[[EpochRecord], None] = lambda record: None
    callbacks: Sequence[Callback] = ()
    hooks: Sequence[Hook] = ()
    validation: DataSource | tuple[Any, Any] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        loss = padded_loss(self.loss, self.ignore, self.label_smoothing)
        object.__setattr__(self, "loss", loss)
        self.check_held_out(self.test_fraction, self.validation_fraction)


def refuse_table_options(options: FitOptions) -> None:
    """Raise OptionError for options that say what the columns of a data frame mean."""
    for name, (default, _) in options_of(ColumnOptions).items():
        if getattr(options, name) != default:
            raise OptionError(
                name,
                expected="a data frame of pandas or Polars, whose columns it is about",
                got="other data",
                remedy=f"write fit(model, frame, {name}=…), or leave it out",
            )


def refuse_division(data: Any, options: FitOptions) -> None:
    """Raise OptionError for options about rows that are held out, where data are divided."""
    for name in ("test", "folds", "group", "time"):
        if getattr(options, name) is not None:
            raise OptionError(
                name,
                expected="inputs and answers in arrays, whose rows it divides",
                got=f"a {type(data).__name__}, whose rows are divided",
                remedy="write fit(model, (X, y)), or leave it out",
            )
