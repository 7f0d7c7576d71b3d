"""The course of the learning rate through a training: its rule, and where it has come to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, final

from chainrule.errors import OptionError
from chainrule.train.schedules.learning_rate import LearningRate
from chainrule.train.schedules.schedule import Array, Span

__all__ = ["RateCourse"]


@final
class RateCourse:
    """The learning rate of a training in progress.

    rate     the rule
    last     the learning rate of the last step
    factor   by which callbacks have changed the rate that the rule gives

    >>> from chainrule.train.schedules import Plateau
    >>> course = RateCourse(LearningRate(0.5, Plateau(patience=0, factor=0.5)))
    >>> for loss in (1.0, 2.0):
    ...     course.after(loss)
    >>> course.of(Span(epoch=2, epochs=3, per_epoch=2)), course.state()["schedule"]["least"]
    (array([0.25, 0.25]), 1.0)
    """

    def __init__(self, rate: LearningRate) -> None:
        self.rate, self.last, self.factor = rate, rate.base, 1.0
        self._schedule = rate.schedule.start()

    def of(self, span: Span) -> Array:
        """The learning rate of each step of a span, `(span.size,)`, before the factor."""
        return self.rate.of(span, self._schedule)

    def scale(self, factor: float) -> None:
        """Multiply the factor.  Raises OptionError unless it is a number above 0."""
        if isinstance(factor, bool) or not (
            isinstance(factor, (int, float)) and 0 < factor < math.inf
        ):
            raise OptionError("rate factor", expected="a number above 0", got=repr(factor))
        self.factor *= factor

    def after(self, validation_loss: float) -> None:
        """Let the schedule know the validation loss of the epoch that has ended."""
        self._schedule = self.rate.schedule.after(self._schedule, validation_loss)

    def state(self) -> Mapping[str, Any]:
        """See `Stateful.state`."""
        state = {"learning_rate": self.last, "schedule": dict(self._schedule)}
        return state if self.factor == 1 else {**state, "rate_factor": self.factor}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """See `Stateful.load_state`."""
        self.last = float(state.get("learning_rate", self.rate.base))
        self.factor = float(state.get("rate_factor", 1.0))
        self._schedule = {**self.rate.schedule.start(), **state.get("schedule", {})}
