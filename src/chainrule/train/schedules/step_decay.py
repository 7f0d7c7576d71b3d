"""Step decay: the learning rate multiplied by a constant every few epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from chainrule.train.schedules.schedule import Schedule, Span, State

__all__ = ["StepDecay"]


@final
@dataclass(frozen=True)
class StepDecay(Schedule):
    """Decay of the learning rate by a constant factor every few epochs.

        ηₜ = η · γ^⌊e / every⌋

    where e is the number of epochs before the current one.

    every   whole number of epochs, above 0
    gamma   γ, in (0, 1]

    The same as PyTorch's `StepLR`.  Raises OptionError for values out of range.

    >>> [StepDecay(every=2, gamma=0.5).factors(Span(e, 6, 3), {}) for e in range(6)]
    [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]

    He, Zhang, Ren, Sun: Deep residual learning for image recognition, CVPR 2016 (which divides by
    ten).
    """

    name: ClassVar[str] = "step"
    every: int
    gamma: float = 0.1

    def __post_init__(self) -> None:
        self._check("every", int, "a whole number of epochs above 0", lambda value: value >= 1)
        self._check("gamma", float, "a number in (0, 1]", lambda value: 0 < value <= 1)

    def factors(self, span: Span, state: State) -> float:
        return self.gamma ** (span.epoch // self.every)
