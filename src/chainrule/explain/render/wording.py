"""Wording that the forms share: how a slope moves a parameter, and what is left out."""

from __future__ import annotations

from typing import NamedTuple

from chainrule.explain.derivation import Chain, Derivation
from chainrule.formula.numbers import NumberWriter

__all__ = ["Move", "move", "number_of_paths", "of_how_many", "other_paths"]


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
