"""Levels: which differentiations are running, and which of them a node depends on.

A transform such as `grad` opens a level and marks its variables with it; every node made from
marked nodes has the levels of all of them.  A level is a number that is never used again, so it
ends for all of its nodes at once, wherever they are kept, and no other level ends with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["Levels", "level", "running", "union"]

Levels = tuple[int, ...]
"""The levels of a node, without order.  Those that have ended mean nothing; `union` drops them."""

_numbers = itertools.count()
_running: set[int] = set()


@contextmanager
def level() -> Generator[int]:
    """A new level, which runs until the block is left, in whatever way."""
    number = next(_numbers)
    _running.add(number)
    try:
        yield number
    finally:
        _running.discard(number)


def running(levels: Levels) -> bool:
    """Whether any of them has not ended."""
    return not _running.isdisjoint(levels)


def union(one: Levels, other: Levels) -> Levels:
    """The levels of what depends on both: `one` itself where `other` adds nothing that runs."""
    added = [number for number in other if number not in one and number in _running]
    return (*(number for number in one if number in _running), *added) if added else one
