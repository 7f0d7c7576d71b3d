"""Reduction on a plateau: a smaller learning rate once the validation loss no longer falls."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

from chainrule.train.schedules.schedule import Schedule, Span, State

__all__ = ["Plateau"]


@final
@dataclass(frozen=True)
class Plateau(Schedule):
    """Reduce the learning rate when the validation loss stops improving.

    Once more than `patience` epochs in a row have not improved the validation loss L,

        ηₜ ← ηₜ · factor

    and the count of epochs starts anew.  An epoch improves the loss if L is below (1 − threshold)
    times the lowest loss so far.  The same as PyTorch's `ReduceLROnPlateau`.  Needs validation
    rows.

    patience    whole number of epochs, 0 or more
    factor      in (0, 1)
    threshold   in [0, 1)

    Raises OptionError for values out of range.

    >>> plateau = Plateau(patience=1, factor=0.5)
    >>> state = plateau.start()
    >>> for loss in (1.0, 0.8, 0.9, 0.85, 0.7):
    ...     state = plateau.after(state, loss)
    ...     print(loss, plateau.factors(Span(0, 9, 3), state))
    1.0 1.0
    0.8 1.0
    0.9 1.0
    0.85 0.5
    0.7 0.5
    """

    name: ClassVar[str] = "plateau"
    validates: ClassVar[bool] = True
    patience: int = 10
    factor: float = 0.1
    threshold: float = 1e-4

    def __post_init__(self) -> None:
        self._check(
            "patience", int, "a whole number of epochs, 0 or more", lambda value: value >= 0
        )
        self._check("factor", float, "a number in (0, 1)", lambda value: 0 < value < 1)
        self._check("threshold", float, "a number in [0, 1)", lambda value: 0 <= value < 1)

    def factors(self, span: Span, state: State) -> float:
        return float(state["factor"])

    def start(self) -> State:
        """The factor, the lowest loss so far, and the number of epochs without a lower one."""
        return {"factor": 1.0, "least": None, "waited": 0}

    def after(self, state: State, validation_loss: float) -> State:
        least = state["least"]
        if validation_loss < (math.inf if least is None else least * (1 - self.threshold)):
            return {**state, "least": validation_loss, "waited": 0}
        if state["waited"] < self.patience:
            return {**state, "waited": state["waited"] + 1}
        return {**state, "factor": state["factor"] * self.factor, "waited": 0}
