"""What the flow of a gradient back in time consists of, as data: recurrences and their lags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

__all__ = ["LagFlow", "TimeFlow"]


@final
@dataclass(frozen=True)
class LagFlow:
    """The gradient at the state of one step of time.

    time        the step, counted from 0 in the order of computation, after which the state is that
    lag         how many steps lie between it and the last one
    norm        ‖∂output/∂state‖₂, over all parts of the state
    norms       the same of each part, such as h and c
    factor      what the step from this state to the next multiplied the norm by on the way back;
                None for the last state, and after a norm of 0
    activation  of that step, from the next state to the results of the weights: slopes and gates
    weights     of that step, from the results of the weights to this state
    direct      what the step passed on without weights, as a share of the norm
    carried     the norm of what came from the last state without any weights, step by step
    """

    time: int
    lag: int
    norm: float
    norms: tuple[float, ...]
    factor: float | None
    activation: float | None
    weights: float | None
    direct: float | None
    carried: float


@final
@dataclass(frozen=True)
class TimeFlow:
    """The gradient on its way back through one recurrence, from its last state to its first.

    states  names of the parts of its state
    by      names of the weights that each step applies to the state
    lags    from the last state back
    """

    states: tuple[str, ...]
    by: tuple[str, ...]
    lags: tuple[LagFlow, ...]
