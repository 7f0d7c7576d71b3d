"""The options of `fit`: those of any training, of a table, and what only Python can give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

from chainrule.errors import OptionError
from chainrule.train.data.source import DataSource
from chainrule.train.loop.callbacks import Callback
from chainrule.train.loop.history import EpochRecord
from chainrule.train.options import TrainingOptions, options_of
from chainrule.train.options.table_options import ColumnOptions
from chainrule.train.steps.hooks import Hook
from chainrule.train.steps.tracing import Loss

__all__ = ["FitOptions", "refuse_table_options"]


@final
@dataclass(frozen=True, kw_only=True)
class FitOptions(ColumnOptions, TrainingOptions):
    """The options of a training and of a table, together with what only Python can give."""

    loss: str | Loss | None = None
    on_epoch: Callable[[EpochRecord], None] = lambda record: None
    callbacks: Sequence[Callback] = ()
    hooks: Sequence[Hook] = ()
    validation: DataSource | tuple[Any, Any] | None = None


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
