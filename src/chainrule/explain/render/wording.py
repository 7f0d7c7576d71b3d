"""Wording that the forms share: how a slope moves a parameter, what is left out, minus signs."""

from __future__ import annotations

import re
from typing import NamedTuple

from chainrule.explain.derivation import Chain, Derivation, Update
from chainrule.formula.numbers import NumberWriter

__all__ = [
    "UNITS",
    "Move",
    "move",
    "number_of_paths",
    "of_how_many",
    "other_paths",
    "with_minus_signs",
]


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


UNITS = "What is standardised, and what that is in units of the table."


def of_how_many(derivation: Derivation) -> str:
    """Which steps are listed, of how many; empty if all are."""
    if not derivation.unlisted:
        return ""
    listed = len(derivation.forward)
    return f"the {listed} largest of {listed + derivation.unlisted:,} steps"


def number_of_paths(chain: Chain, number: NumberWriter) -> str:
    """How many paths a gradient is a sum over, such as "1,024 paths"."""
    if not chain.complete:
        return (
            "more paths than are counted,"
            f" {number.count(chain.count)} of them along the contributions selected"
        )
    return f"{number.count(chain.count)} path{'s' * (chain.count != 1)}"


def other_paths(chain: Chain, number: NumberWriter) -> str:
    """The paths whose products are not shown, such as "the other 1,021 paths"; empty if none."""
    rest = chain.count - len(chain.products)
    if not chain.complete:
        return "all other paths"
    return f"the other {number.count(rest)} paths" if rest else ""
