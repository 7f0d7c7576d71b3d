"""Wording that the forms share: how the sign of a slope moves a parameter."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Move", "move"]


class Move(NamedTuple):
    """The sign of a gradient in a word, and whether an update makes the parameter rise or fall."""

    slope: str
    verb: str


def move(gradient: float) -> Move:
    """Describe a step of gradient descent.

    >>> move(-0.5)
    Move(slope='negative', verb='rises')
    """
    if gradient == 0:
        return Move("zero", "stays")
    return Move("positive", "falls") if gradient > 0 else Move("negative", "rises")
