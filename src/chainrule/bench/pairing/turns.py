"""The order of timing: all are timed in turn, in rounds with new processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

__all__ = ["in_turn", "order", "share"]


def order(number: int, count: int) -> Sequence[int]:
    """Who is timed when in turn `number`: A B C, then C B A, so that a drift favours nobody.

    >>> [list(order(number, 3)) for number in range(3)]
    [[0, 1, 2], [2, 1, 0], [0, 1, 2]]
    """
    return range(count)[:: -1 if number % 2 else 1]


def in_turn(
    first: int, turns: int, count: int, time_of: Callable[[int], float]
) -> list[list[float]]:
    """Time all of `count` in each turn, beginning with the order of turn `first`; times by turn."""
    found: list[list[float]] = []
    for i in range(turns):
        times = {which: time_of(which) for which in order(first + i, count)}
        found.append([times[which] for which in range(count)])
    return found


def share(turns: int, rounds: int, number: int) -> int:
    """The number of turns in round `number`, out of `turns` in all rounds.

    >>> [share(10, 4, number) for number in range(4)]
    [3, 3, 2, 2]
    """
    return turns // rounds + (number < turns % rounds)
