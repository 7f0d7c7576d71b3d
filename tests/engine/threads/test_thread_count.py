"""One thread or several: the tuner uses what is faster, also when that changes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.engine.threads import ThreadCountTuner


class Simulation:
    """Work that takes known times on a simulated clock."""

    def __init__(self, two: float, one: float) -> None:
        self.seconds = {2: two, 1: one}
        self.now = 0.0
        self.done: list[tuple[int, int, int]] = []

    def work(self, ranks: int, first: int, n: int) -> int:
        self.now += n * self.seconds[ranks]
        self.done.append((ranks, first, n))
        return n

    def share(self, ranks: int) -> float:
        """The share of the units that a number of threads did."""
        return sum(n for r, _, n in self.done if r == ranks) / sum(n for _, _, n in self.done)


@pytest.mark.parametrize("unit", [1e-6, 1e-4, 5e-3])
@pytest.mark.parametrize(("two", "one"), [(1.0, 1.5), (2.0, 1.0), (1.0, 2.0)])
def test_the_faster_number_of_threads_does_nearly_all_work(unit, two, one):
    simulation = Simulation(two * unit, one * unit)
    tuner = ThreadCountTuner(2, lambda: simulation.now)
    units = int(5 / unit)
    for _ in range(10):
        tuner.run(units // 10, simulation.work)
    best = units * min(two, one) * unit
    assert simulation.now <= 1.03 * best + 40 * unit
    assert simulation.share(2 if two < one else 1) > 0.95


def test_changed_speeds_are_noticed():
    simulation = Simulation(two=1e-4, one=1.5e-4)
    tuner = ThreadCountTuner(2, lambda: simulation.now)
    tuner.run(5000, simulation.work)
    for two, faster in ((3e-4, 1), (1e-4, 2)):
        simulation.seconds[2] = two
        tuner.run(2000, simulation.work)  # time to notice
        simulation.done.clear()
        tuner.run(5000, simulation.work)
        assert simulation.share(faster) > 0.95


@settings(derandomize=True, database=None)
@given(
    st.lists(st.integers(0, 300), max_size=6),
    st.floats(1e-7, 1e-1),
    st.floats(1e-7, 1e-1),
)
def test_every_unit_is_done_once_and_in_order(calls, two, one):
    simulation = Simulation(two, one)
    tuner = ThreadCountTuner(2, lambda: simulation.now)
    for units in calls:
        simulation.done.clear()
        assert tuner.run(units, simulation.work) == units
        units_done = [i for _, first, n in simulation.done for i in range(first, first + n)]
        assert units_done == list(range(units))


def test_work_that_stops_early_is_not_continued():
    calls: list[int] = []

    def work(ranks: int, first: int, n: int) -> int:
        calls.append(first)
        return min(n, 10 - first)

    assert ThreadCountTuner(2).run(100, work) == 10
    assert calls == [0, 8]


def test_one_thread_is_not_measured():
    simulation = Simulation(1.0, 1.0)
    assert ThreadCountTuner(1).run(1000, simulation.work) == 1000
    assert simulation.done == [(1, 0, 1000)]


def test_a_clock_that_stands_still():
    tuner = ThreadCountTuner(2, lambda: 0.0)
    assert tuner.run(10**7, lambda ranks, first, n: n) == 10**7


@pytest.mark.parametrize(("units", "faster"), [(1, 1), (100, 2)])
def test_calls_of_few_units(units, faster):
    """Each call wakes the workers, which takes as long as a unit."""
    simulation = Simulation(two=1e-4, one=1.5e-4)

    def work(ranks: int, first: int, n: int) -> int:
        simulation.now += 1e-4 * (ranks - 1)
        return simulation.work(ranks, first, n)

    tuner = ThreadCountTuner(2, lambda: simulation.now)
    for _ in range(20_000 // units):
        tuner.run(units, work)
    assert simulation.share(faster) > 0.9


def test_a_slow_start_is_not_measured():
    """The first call loads compiled code, and a thread that has slept is slow for a while."""
    simulation = Simulation(two=1e-4, one=1.5e-4)
    last = 0

    def work(ranks: int, first: int, n: int) -> int:
        nonlocal last
        simulation.now += 1.0 if not simulation.done else 5e-4 if ranks != last else 0.0
        last = ranks
        return simulation.work(ranks, first, n)

    tuner = ThreadCountTuner(2, lambda: simulation.now)
    tuner.run(50_000, work)
    assert simulation.share(2) > 0.95


def test_an_interruption_does_not_change_the_choice():
    """Every now and then, something else takes a processor for longer than a trial lasts."""
    simulation, due = Simulation(two=1e-4, one=1.5e-4), 0.05

    def work(ranks: int, first: int, n: int) -> int:
        nonlocal due
        if ranks == 2 and simulation.now > due:
            simulation.now += 0.01
            due = simulation.now + 0.05
        return simulation.work(ranks, first, n)

    tuner = ThreadCountTuner(2, lambda: simulation.now)
    for _ in range(200):
        tuner.run(50, work)
    assert simulation.share(2) > 0.95


@pytest.mark.parametrize("broken", range(1, 8))
def test_a_call_that_stops_early_is_not_measured(broken):
    """It took next to no time for the units it was asked to do."""
    simulation, calls = Simulation(two=1e-3, one=2e-3), itertools.count(1)
    tuner = ThreadCountTuner(2, lambda: simulation.now)

    def work(ranks: int, first: int, n: int) -> int:
        if next(calls) <= broken:
            simulation.now += 1e-9
            return 0
        return simulation.work(ranks, first, n)

    for _ in range(broken):
        assert tuner.run(10_000, work) == 0
    assert tuner.run(10_000, work) == 10_000
    assert max(n for _, _, n in simulation.done) < 2000
    assert simulation.share(2) > 0.9
