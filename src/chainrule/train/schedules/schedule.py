"""The base class of schedules: a factor of the learning rate for each step of an epoch."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, final

import numpy as np

from chainrule.errors import OptionError
from chainrule.graph import Array

__all__ = ["Schedule", "Span", "State"]

State = Mapping[str, Any]
"""What a schedule remembers from epoch to epoch, as plain data that JSON can hold."""


@final
@dataclass(frozen=True)
class Span:
    """The steps of one epoch within a run of `epochs` epochs with `per_epoch` steps each.

    `epoch` counts from 0.  Of a data source of unknown length, `per_epoch` is None: then these are
    `count` steps of the run, the number of which before them is `first`.

    >>> Span(epoch=1, epochs=4, per_epoch=3).steps, Span(1, 4, 3).total
    (array([3, 4, 5]), 12)
    """

    epoch: int
    epochs: int
    per_epoch: int | None
    first: int = 0
    count: int = 0

    @property
    def size(self) -> int:
        """How many steps these are."""
        return self.count if self.per_epoch is None else self.per_epoch

    @property
    def steps(self) -> Array:
        """The numbers of these steps, counted from 0 over the whole run."""
        if self.per_epoch is None:
            return self.first + np.arange(self.count)
        return self.epoch * self.per_epoch + np.arange(self.per_epoch)

    @property
    def epoch_length(self) -> int:
        """The number of steps of an epoch.  Raises OptionError if it is not known."""
        if self.per_epoch is None:
            raise OptionError(
                "learning rate",
                expected="a data source that says how many batches an epoch has",
                got="one of unknown length",
                remedy="give it per_epoch, or take a schedule that needs no total, such as step or"
                " plateau, and a warm-up in steps",
            )
        return self.per_epoch

    @property
    def total(self) -> int:
        """The number of steps of the whole run.  Raises OptionError if it is not known."""
        return self.epochs * self.epoch_length


@dataclass(frozen=True)
class Schedule(ABC):
    """A rule for the factors fₜ in ηₜ = η · fₜ, where η is the optimizer's learning rate.

    A schedule is plain data; the state that some rules need from epoch to epoch is held outside.
    """

    name: ClassVar[str]
    validates: ClassVar[bool] = False
    """Whether the schedule needs a validation loss."""
    ends: ClassVar[bool] = False
    """Whether the factors depend on which epoch is the last."""

    @abstractmethod
    def factors(self, span: Span, state: State) -> float | Array:
        """The factors of the steps of a span, `(span.size,)`, or one number for all of them."""

    def start(self) -> State:
        """The state before the first epoch."""
        return {}

    def after(self, state: State, validation_loss: float) -> State:
        """The state after an epoch with this validation loss."""
        return state

    def __str__(self) -> str:
        """The schedule as options and configurations write it, such as `cosine(floor=0.1)`."""
        numbers = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self))
        return f"{self.name}({numbers})" if numbers else self.name

    def _check(
        self,
        option: str,
        kind: type[int] | type[float],
        expected: str,
        holds: Callable[[float], bool],
    ) -> None:
        """Convert a number to `kind`; OptionError unless it is finite, holds, and whole for int."""
        value = getattr(self, option)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        fits = number and math.isfinite(value) and holds(value)
        if not fits or (kind is int and value != int(value)):
            raise OptionError(f"{self.name} {option}", expected=expected, got=repr(value))
        object.__setattr__(self, option, kind(value))
