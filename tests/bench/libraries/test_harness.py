"""Contestants are timed in turn if they agree, and are left out with a reason if not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bench.small_workloads import INFER, SMALL
from chainrule.bench.contestants import CONTESTANTS, hips_autograd
from chainrule.bench.libraries import harness
from chainrule.bench.libraries.harness import Plan, compare, verdict
from chainrule.bench.measurements.step_time import task_for
from chainrule.bench.processes.process import WorkerError

CALLS: list[tuple[str, str]] = []


class FakeProcess:
    """Answers like a worker, without a process."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.name = ""

    def __enter__(self) -> FakeProcess:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def send(self, **request: Any) -> None:
        self.name = request["contestant"]

    def receive(self) -> list[str]:
        return ["blas"]

    def ask(self, **request: Any) -> Any:
        CALLS.append((self.name, request["do"]))
        answer = self.answers[self.name][request["do"]]
        if isinstance(answer, Exception):
            raise answer
        return answer


def compared(monkeypatch: pytest.MonkeyPatch, answers: dict[str, Any]) -> Any:
    CALLS.clear()
    monkeypatch.setattr(harness, "Process", lambda *_: FakeProcess(answers))
    monkeypatch.setattr(harness, "PAUSE", 0.0)
    for kind in CONTESTANTS.values():
        monkeypatch.setattr(kind, "missing", classmethod(lambda cls: ""))
    return compare(SMALL["tiny"], 1, Plan({}, tuple(answers), repetitions=3))


def test_those_that_agree_are_timed_in_turn(monkeypatch):
    losses = harness.reference_losses(SMALL["tiny"], 50).tolist()
    good = {"check": losses, "warm": 10, "once": 2.0}
    broken = WorkerError("worker", expected="an answer", got="ValueError: no")
    found, left_out, libraries = compared(
        monkeypatch,
        {
            "chainrule": good,
            "jax_step": {**good, "check": [2 * loss for loss in losses]},
            "sklearn": {**good, "check": broken},
            "torch_eager": good,
        },
    )
    assert [result.contestant for result in found] == ["chainrule", "torch_eager"]
    assert found[0].median_us == 2.0
    assert found[0].loss_after_50 == losses[49]
    assert left_out["jax_step"].startswith("disagrees: loss")
    assert left_out["sklearn"] == "failed: ValueError: no"
    assert libraries["chainrule"] == ["blas"]
    timed = [name for name, what in CALLS if what == "once"]
    assert timed == ["chainrule", "torch_eager"] * 3


def test_missing_and_declining_contestants_are_named(monkeypatch):
    monkeypatch.setattr(hips_autograd.Hips, "libraries", ("no_such_library",))
    found, left_out, _ = compare(SMALL["tiny"], 1, Plan({}, ("autograd",)))
    assert found == []
    assert left_out == {"autograd": "no_such_library is not installed"}
    _, left_out, _ = compare(SMALL["norm"], 1, Plan({}, ("autograd", "sklearn")))
    assert left_out == {"autograd": "only small networks", "sklearn": "has no batch normalisation"}


def test_wrong_outputs_are_described():
    right = task_for(CONTESTANTS["chainrule"](INFER, 1)).check()
    wrong = np.array(right)
    wrong[0, 0] += 0.01
    assert "ln p" in verdict(INFER, {"x": wrong.tolist()})["x"]
    assert "shape" in verdict(INFER, {"x": wrong[:2].tolist()})["x"]
