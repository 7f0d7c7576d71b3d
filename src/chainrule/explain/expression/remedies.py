"""What to write in the place of what cannot be read."""

from __future__ import annotations

import re
from collections.abc import Set

__all__ = ["factors_of", "remedy_for"]


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
