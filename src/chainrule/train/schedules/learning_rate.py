"""The learning rate of a run: the optimizer's, times a schedule, times a warm-up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

import numpy as np

from chainrule.train.schedules.constant import Constant
from chainrule.train.schedules.schedule import Array, Schedule, Span, State
from chainrule.train.schedules.warm_up import WarmUp

__all__ = ["LearningRate"]


@final
@dataclass(frozen=True)
class LearningRate:
    """The learning rate of each step: ηₜ = η · schedule(t) · warm-up(t).

    The rates of an epoch are always computed together, so that an interruption within the epoch
    does not change a single bit of them.

    base       η, the learning rate of the optimizer
    schedule   the schedule, by default constant
    warm_up    the warm-up, or None

    >>> LearningRate(0.1, warm_up=WarmUp(4)).of(Span(0, epochs=2, per_epoch=3), {})
    array([0.025, 0.05 , 0.075])
    """

    base: float
    schedule: Schedule = field(default_factory=Constant)
    warm_up: WarmUp | None = None

    def of(self, span: Span, state: State) -> Array:
        """The learning rate of each step of a span, `(span.size,)`."""
        warm = 1.0 if self.warm_up is None else self.warm_up.factors(span)
        rates = self.base * (self.schedule.factors(span, state) * warm)
        return np.broadcast_to(rates, span.size)
