"""Wording that the forms share: how a slope moves a parameter; minus signs in sentences."""

from __future__ import annotations

import re
from typing import NamedTuple

from chainrule.explain.derivation import Update

__all__ = ["Move", "move", "with_minus_signs"]


class Move(NamedTuple):
    """The sign of a gradient in a word, and whether an update makes the parameter rise or fall."""

    slope: str
    verb: str

    @property
    def lost(self) -> bool:
        """Whether there is a slope, but its step is too small for the digits that are kept."""
        return self.verb == "stays" and self.slope != "zero"


def move(update: Update) -> Move:
    """Describe a step of gradient descent; one that is lost in rounding moves nothing.

    >>> move(Update("w", old=2.0, gradient=-0.5, learning_rate=1.0, new=2.5))
    Move(slope='negative', verb='rises')
    """
    slope = "zero" if not update.gradient else "positive" if update.gradient > 0 else "negative"
    if update.new == update.old or not update.gradient:
        return Move(slope, "stays")
    return Move(slope, "falls" if update.new < update.old else "rises")


def with_minus_signs(sentence: str) -> str:
    """A sentence with true minus signs: in a terminal, numbers have hyphens, to be typed again.

    >>> with_minus_signs("from -0.5 to (-1, 2) - 3 in a 2-2-1 network")
    'from −0.5 to (−1, 2) − 3 in a 2-2-1 network'
    """
    return re.sub(r"(?<![\w)\].])-(?=\d)|(?<= )-(?= )", "−", sentence)
