"""One thread or a team: whichever is faster, also when that changes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.engine.threads.autotune import Autotune


class Machine:
    """Work that takes known times on a clock of its own."""

    def __init__(self, team: float, alone: float) -> None:
        self.seconds = {2: team, 1: alone}
        self.now = 0.0
        self.done: list[tuple[int, int, int]] = []

    def work(self, ranks: int, first: int, n: int) -> int:
        self.now += n * self.seconds[ranks]
        self.done.append((ranks, first, n))
        return n

    def share(self, ranks: int) -> float:
        """Of the units, how many were done by so many threads."""
        return sum(n for r, _, n in self.done if r == ranks) / sum(n for _, _, n in self.done)


@pytest.mark.parametrize("unit", [1e-6, 1e-4, 5e-3])
@pytest.mark.parametrize(("team", "alone"), [(1.0, 1.5), (2.0, 1.0), (1.0, 2.0)])
def test_the_faster_does_nearly_all(unit, team, alone):
    machine = Machine(team * unit, alone * unit)
    choice = Autotune(2, lambda: machine.now)
    units = int(5 / unit)
    for _ in range(10):
        choice.run(units // 10, machine.work)
    best = units * min(team, alone) * unit
    assert machine.now <= 1.03 * best + 40 * unit
    assert machine.share(2 if team < alone else 1) > 0.95


def test_what_changes_is_noticed():
    machine = Machine(team=1e-4, alone=1.5e-4)
    choice = Autotune(2, lambda: machine.now)
    choice.run(5000, machine.work)
    for team, faster in ((3e-4, 1), (1e-4, 2)):
        machine.seconds[2] = team
        choice.run(2000, machine.work)  # in which it is found out
        machine.done.clear()
        choice.run(5000, machine.work)
        assert machine.share(faster) > 0.95


@settings(derandomize=True, database=None)
@given(
    st.lists(st.integers(0, 300), max_size=6),
    st.floats(1e-7, 1e-1),
    st.floats(1e-7, 1e-1),
)
def test_every_unit_is_done_once_and_in_order(calls, team, alone):
    machine = Machine(team, alone)
    choice = Autotune(2, lambda: machine.now)
    for units in calls:
        machine.done.clear()
        assert choice.run(units, machine.work) == units
        places = [i for _, first, n in machine.done for i in range(first, first + n)]
        assert places == list(range(units))


def test_work_that_stops_is_not_gone_on_with():
    calls: list[int] = []

    def work(ranks: int, first: int, n: int) -> int:
        calls.append(first)
        return min(n, 10 - first)

    assert Autotune(2).run(100, work) == 10
    assert calls == [0, 8]


def test_who_is_alone_has_no_choice():
    machine = Machine(1.0, 1.0)
    assert Autotune(1).run(1000, machine.work) == 1000
    assert machine.done == [(1, 0, 1000)]


def test_a_clock_that_stands_still():
    choice = Autotune(2, lambda: 0.0)
    assert choice.run(10**7, lambda ranks, first, n: n) == 10**7


@pytest.mark.parametrize(("units", "faster"), [(1, 1), (100, 2)])
def test_calls_of_few_units(units, faster):
    """Where every call wakes the others, which takes as long as a unit."""
    machine = Machine(team=1e-4, alone=1.5e-4)

    def work(ranks: int, first: int, n: int) -> int:
        machine.now += 1e-4 * (ranks - 1)
        return machine.work(ranks, first, n)

    choice = Autotune(2, lambda: machine.now)
    for _ in range(20_000 // units):
        choice.run(units, work)
    assert machine.share(faster) > 0.9


def test_a_slow_beginning_is_not_judged():
    """The first call loads what was compiled, and a thread that has slept is slow for a while."""
    machine = Machine(team=1e-4, alone=1.5e-4)
    last = 0

    def work(ranks: int, first: int, n: int) -> int:
        nonlocal last
        machine.now += 1.0 if not machine.done else 5e-4 if ranks != last else 0.0
        last = ranks
        return machine.work(ranks, first, n)

    choice = Autotune(2, lambda: machine.now)
    choice.run(50_000, work)
    assert machine.share(2) > 0.95


@pytest.mark.parametrize("broken", range(1, 8))
def test_a_call_that_breaks_off_is_not_judged_by(broken):
    """It took next to no time for what was asked of it."""
    machine, calls = Machine(team=1e-3, alone=2e-3), itertools.count(1)
    choice = Autotune(2, lambda: machine.now)

    def work(ranks: int, first: int, n: int) -> int:
        if next(calls) <= broken:
            machine.now += 1e-9
            return 0
        return machine.work(ranks, first, n)

    for _ in range(broken):
        assert choice.run(10_000, work) == 0
    assert choice.run(10_000, work) == 10_000
    assert max(n for _, _, n in machine.done) < 2000
    assert machine.share(2) > 0.9
