"""Two checkouts are timed in turn, so that drift favours neither."""

from __future__ import annotations

import statistics
from typing import Any

import pytest

from bench.small_workloads import INFER, SMALL
from chainrule.bench.checkouts import rounds, startup
from chainrule.bench.checkouts.rounds import Plan, Row, compare


class FakeMachine:
    """A machine with two checkouts that becomes slower with every slice."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds, self.speed = seconds, 1.0
        self.calls: list[str] = []
        self.started: list[str] = []

    def time(self, name: str) -> float:
        self.calls.append(name)
        self.speed *= 1.01
        return self.seconds[name] * self.speed


class FakeCheckout:
    def __init__(self, machine: FakeMachine, name: str) -> None:
        self.machine, self.name = machine, name
        self.asked: list[dict[str, Any]] = []

    def __enter__(self) -> FakeCheckout:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def worker(self, environ: Any, threads: int) -> FakeCheckout:
        self.machine.started.append(self.name)
        return self

    def send(self, **request: Any) -> None:
        self.asked.append(request)

    def about(self, worker: Any) -> dict[str, Any]:
        return {"source": self.name, "commit": None, "python": "3.13.0", "versions": {}}

    def receive(self, worker: Any) -> None:
        return None

    def answer(self, worker: Any, **request: Any) -> float:
        self.asked.append(request)
        slow = request["do"] == "slice"
        return self.machine.time(self.name) if slow else self.machine.seconds[self.name]


def test_checkouts_are_timed_in_turn_so_that_drift_favours_neither(monkeypatch):
    machine, progress = FakeMachine({"a": 1.25e-3, "b": 1e-3}), list[tuple[int, str]]()
    a, b = FakeCheckout(machine, "a"), FakeCheckout(machine, "b")
    monkeypatch.setattr(rounds, "PAUSE", 0.0)
    monkeypatch.setattr(startup, "startup_seconds", lambda which, *_: machine.time(which.name))
    plan = Plan(
        {}, (2, 1), pairs=32, seconds=0.045, on_progress=lambda *words: progress.append(words)
    )
    one: Any = a
    another: Any = b
    found = compare([SMALL["tiny"], INFER], one, another, plan)
    assert [(row.what, row.threads) for row in found.rows] == [
        *[(name, n) for n in (2, 1) for name in ("tiny", "infer-1")],
        *[(what, None) for what in startup.COMMANDS],
    ]
    for row in found.rows:
        assert row.ratio == pytest.approx(1.25, rel=1e-3 if row.threads else 0.02)
        assert row.verdict == "slower"
        assert row.pairs == (32 if row.threads else 8)
    assert "".join(machine.calls[:8]) == "abbaabba"
    # a round has one process of each checkout for each number of threads, in alternating order
    assert "".join(machine.started) == "ab" + "ababbaba" * 4
    counts = {request["count"] for request in a.asked + b.asked if request["do"] == "slice"}
    assert counts == {40}  # 0.045 s of the mean of both
    about = found.environment
    assert (len(about["fingerprint"]), about["notes"]) == (16, [])
    total = rounds.count_parts([SMALL["tiny"], INFER], plan)
    assert [done for done, _ in progress] == list(range(total))


def test_few_pairs_are_few_rounds():
    assert Plan({}, pairs=3).rounds == 3
    assert Plan({}, pairs=200).rounds == 8


def test_medians_are_of_all_pairs():
    row = Row.of("tiny", 1, [[(3e-6, 1e-6), (1e-6, 2e-6)], [(2e-6, 9e-6)]])
    assert row.this_us == pytest.approx(statistics.median([3, 1, 2]))
    assert row.other_us == pytest.approx(statistics.median([1, 2, 9]))
