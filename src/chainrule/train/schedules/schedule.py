"""What every schedule is: the share of the learning rate that each step of an epoch takes."""

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


@final
@dataclass(frozen=True)
class Span:
    """The steps of one epoch within a run: `epoch` counts from 0.

    >>> Span(epoch=1, epochs=4, per_epoch=3).steps, Span(1, 4, 3).total
    (array([3, 4, 5]), 12)
    """

    epoch: int
    epochs: int
    per_epoch: int

    @property
    def steps(self) -> Array:
        """The number of each step, counted over the run from 0."""
        return self.epoch * self.per_epoch + np.arange(self.per_epoch)

    @property
    def total(self) -> int:
        """Steps of the whole run."""
        return self.epochs * self.per_epoch


@dataclass(frozen=True)
class Schedule(ABC):
    """A rule for the factor f in ηₜ = η · fₜ, where η is the optimizer's learning rate.

    Plain data: what some rules remember from epoch to epoch is held outside, as JSON can have it.
    """

    name: ClassVar[str]
    validates: ClassVar[bool] = False
    """Whether it needs a validation loss."""

    @abstractmethod
    def factors(self, span: Span, state: State) -> float | Array:
        """The factor of each step of this epoch, `(per_epoch,)`, or one for all of them."""

    def start(self) -> State:
        """What it remembers before the first epoch."""
        return {}

    def after(self, state: State, validation_loss: float) -> State:
        """What it remembers after an epoch with this validation loss."""
        return state

    def __str__(self) -> str:
        """As it is written in options and configurations."""
        numbers = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self))
        return f"{self.name}({numbers})" if numbers else self.name

    def _check(self, option: str, expected: str, holds: Callable[[float], bool]) -> None:
        """OptionError unless the number holds; whole ones become int, others float."""
        value = getattr(self, option)
        whole = "whole" in expected
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        fits = number and math.isfinite(value) and holds(value)
        if not fits or (whole and value != int(value)):
            raise OptionError(f"{self.name} {option}", expected=expected, got=repr(value))
        object.__setattr__(self, option, int(value) if whole else float(value))
