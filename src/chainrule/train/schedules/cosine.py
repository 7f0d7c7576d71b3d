"""Cosine annealing: half a wave of the cosine, from the learning rate down to a floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from chainrule.train.schedules.schedule import Array, Schedule, Span, State

__all__ = ["Cosine"]


@final
@dataclass(frozen=True)
class Cosine(Schedule):
    """Cosine annealing of the learning rate, from η down to a floor.

        ηₜ = η · (f + (1 − f) · ½(1 + cos πt/T))

    where t counts steps from 0 and T is the number of steps of the run.  A run that is resumed with
    more epochs continues on the curve of the longer run.

    floor   f, in [0, 1]: the last learning rate as a share of η

    The same as PyTorch's `CosineAnnealingLR` with `T_max` = T and `eta_min` = f·η, stepped after
    every update.  Raises OptionError for values out of range.

    >>> Cosine(floor=0.1).factors(Span(0, 1, 4), {}).round(4)
    array([1.    , 0.8682, 0.55  , 0.2318])

    Loshchilov, Hutter: SGDR: stochastic gradient descent with warm restarts, ICLR 2017, without
    the restarts.
    """

    name: ClassVar[str] = "cosine"
    ends: ClassVar[bool] = True
    floor: float = 0.0

    def __post_init__(self) -> None:
        self._check(
            "floor", float, "a number in [0, 1], a share of η", lambda value: 0 <= value <= 1
        )

    def factors(self, span: Span, state: State) -> Array:
        wave = 0.5 * (1 + np.cos(np.pi * span.steps / span.total))
        return self.floor + (1 - self.floor) * wave
