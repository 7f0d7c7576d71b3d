"""Linear warm-up: small learning rates in the first steps, under any schedule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, final

import numpy as np

from chainrule.errors import OptionError
from chainrule.train.schedules.schedule import Array, Span

__all__ = ["WarmUp"]

_FORM = re.compile(r"\s*(\d{1,15})\s*(steps?|epochs?)?\s*")


@final
@dataclass(frozen=True)
class WarmUp:
    """Linear warm-up of the learning rate, which multiplies the factor of any schedule.

        f = min(1, (t + 1) / W)

    where t counts steps from 0 and W is the length of the warm-up in steps.  The schedule's own
    time starts with the run, not after the warm-up.

    length   above 0, in `unit`
    unit     "steps" or "epochs"

    The same as PyTorch's `LinearLR` with `start_factor` = 1/W and `total_iters` = W − 1, chained
    with another.  Raises OptionError for values out of range.

    >>> WarmUp(4).factors(Span(0, 2, 3)), WarmUp(4).factors(Span(1, 2, 3))
    (array([0.25, 0.5 , 0.75]), array([1., 1., 1.]))
    >>> WarmUp.of("2 epochs"), str(WarmUp.of("100"))
    (WarmUp(length=2, unit='epochs'), '100 steps')

    Goyal et al.: Accurate, large minibatch SGD: training ImageNet in 1 hour, 2017
    (arXiv:1706.02677).
    """

    length: int
    unit: Literal["steps", "epochs"] = "steps"

    def __post_init__(self) -> None:
        if self.length < 1:
            raise _bad_length(str(self))

    @classmethod
    def of(cls, option: str | int | WarmUp) -> WarmUp:
        """Parse `100`, `100 steps` or `2 epochs`; a WarmUp is returned unchanged."""
        if isinstance(option, WarmUp):
            return option
        match = _FORM.fullmatch(str(option))
        if match is None:
            raise _bad_length(option)
        epochs = (match[2] or "").startswith("epoch")
        return cls(int(match[1]), "epochs" if epochs else "steps")

    def factors(self, span: Span) -> Array:
        """The factors of the steps of a span, `(span.size,)`."""
        steps = self.length * (span.epoch_length if self.unit == "epochs" else 1)
        return np.minimum(1.0, (span.steps + 1) / steps)

    def __str__(self) -> str:
        return f"{self.length} {self.unit}"


def _bad_length(option: object) -> OptionError:
    return OptionError(
        "warm-up", expected="a length such as '100 steps' or '2 epochs'", got=repr(option)
    )
