"""The constant schedule: no change of the learning rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from chainrule.train.schedules.schedule import Schedule, Span, State

__all__ = ["Constant"]


@final
@dataclass(frozen=True)
class Constant(Schedule):
    """A constant learning rate: ηₜ = η.

    >>> Constant().factors(Span(0, 10, 3), {})
    1.0
    """

    name: ClassVar[str] = "constant"

    def factors(self, span: Span, state: State) -> float:
        return 1.0
