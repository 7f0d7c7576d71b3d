"""Names of results of a step of time: `h[t=3]`, and `h[t=3, 0]` for an entry of an array."""

from __future__ import annotations

import re

__all__ = ["entry_of", "numbered_step_name", "step_name"]

_OF_STEP = re.compile(r"(.+?)(\[t=\d+\])", re.DOTALL)


def step_name(name: str, time: int) -> str:
    """The name of a result of one step.

    >>> step_name("h", 3)
    'h[t=3]'
    """
    return f"{name}[t={time}]"


def numbered_step_name(name: str, number: int) -> str:
    """The name for another recurrence that calls its results the same; empty for other names.

    >>> numbered_step_name("h[t=3]", 2), numbered_step_name("h", 2)
    ('h2[t=3]', '')
    """
    match = _OF_STEP.fullmatch(name)
    return f"{match[1]}{number}{match[2]}" if match else ""


def entry_of(name: str, index: str) -> str:
    """The name of an entry of an array: its index follows the step, if it has one.

    >>> entry_of("w", "5, 3"), entry_of("h[t=3]", "0, 1")
    ('w[5, 3]', 'h[t=3, 0, 1]')
    """
    return f"{name[:-1]}, {index}]" if _OF_STEP.fullmatch(name) else f"{name}[{index}]"
