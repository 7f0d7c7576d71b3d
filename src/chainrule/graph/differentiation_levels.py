"""Differentiation levels: which nested differentiations are running, and what depends on them.

A transform such as `grad` opens a level and marks its variables with it; a node computed from
marked nodes has the levels of all of them.  A level is a number that is never reused: when it
ends, it ends for every node that has it, and no other level is affected.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["Levels", "level", "running", "union"]

Levels = tuple[int, ...]
"""The levels of a node, in any order.  Those that have ended are ignored; `union` drops them."""

_numbers = itertools.count()
_running: set[int] = set()


@contextmanager
def level() -> Generator[int]:
    """Open a new level, which runs until the block is left, normally or by an exception."""
    number = next(_numbers)
    _running.add(number)
    try:
        yield number
    finally:
        _running.discard(number)


def running(levels: Levels) -> bool:
    """Whether any of the levels is still running."""
    return not _running.isdisjoint(levels)


def union(one: Levels, other: Levels) -> Levels:
    """The running levels of both; `one` itself if `other` adds none."""
    added = [number for number in other if number not in one and number in _running]
    return (*(number for number in one if number in _running), *added) if added else one
