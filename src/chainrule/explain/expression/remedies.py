"""What to write in the place of what cannot be read."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from chainrule.errors import ExpressionError
from chainrule.explain.expression.notation import short

__all__ = ["factors_of", "missing_value", "refusal", "remedy_for", "too_deep"]


def factors_of(name: str, known: Set[str]) -> list[str]:
    """Known names that give `name` when written one after the other; empty if none do.

    >>> factors_of("w1x1", {"w1", "x1", "w"})
    ['w1', 'x1']
    """
    ends: dict[int, list[str]] = {0: []}
    for end in range(1, min(len(name), 60) + 1):
        for start in range(end):
            if start in ends and name[start:end] in known and end not in ends:
                ends[end] = [*ends[start], name[start:end]]
    return ends.get(len(name), [])


REMEDIES = {
    r"…": "… stands for terms that the output leaves out: write them",
    r"\d,\d": "numbers have a decimal point: 0.5, not 0,5",
    r"^[^=]*[^=<>!]=[^=].*[^=<>!]=[^=]": "write one = in a statement: q = x + y, not q = x + y = 3",
    r"[–—]": "a dash is no minus sign: write -",
    r"^[^'’′]*[\w)]['’′][^'’′]*$": "write a transposed array as xᵀ or transpose(x)",
    r"%": "write 5 % as 0.05",
    r"∂": "write the formula itself: derivatives are what is computed",
    r"Σ": "write sum(x), or the terms one by one",
}
"""What to do about a text that Python cannot parse, by what is found in it."""


def remedy_for(text: str) -> str:
    """What to do about it; empty if nothing is known."""
    return next((remedy for found, remedy in REMEDIES.items() if re.search(found, text)), "")


def refusal(written: str, expected: str) -> ExpressionError:
    """The error for a part of an expression that is not what was expected there."""
    return ExpressionError(
        "expression",
        expected=expected,
        got=short(written),
        remedy=remedy_for(written) or "only arithmetic is read here, nothing is executed",
    )


def missing_value(name: str, known: Sequence[str], constants: Sequence[str]) -> ExpressionError:
    """The error for a name without a value: a product without its sign, or a slip."""
    import difflib  # slow to import

    near = difflib.get_close_matches(name, known, n=1)
    hint = "give it as"
    if factors := factors_of(name, {*known, *constants}):
        hint = f"write {'*'.join(factors)} for the product, or give it as"
    elif near:
        hint = f"did you mean {near[0]}? or give it as"
    return ExpressionError(
        "expression",
        expected=f"a value for {name}",
        got=f"values for {', '.join(known)}" if known else "none",
        remedy=f"{hint} {name}=1.5",
    )


def too_deep() -> ExpressionError:
    """The error for an expression that is nested more deeply than Python's parser reads."""
    return ExpressionError(
        "expression",
        expected="parentheses and operators nested at most a few hundred deep",
        got="more",
        remedy="give parts of it names: a = …; b = …",
    )
