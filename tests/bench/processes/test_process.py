"""Contestants' processes: their surroundings, their failures, those that cannot be had."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from bench.small import SMALL
from chainrule.bench.contestants import CONTESTANTS, hips
from chainrule.bench.measurements import comparison
from chainrule.bench.measurements.scaling import scale
from chainrule.bench.processes import harness
from chainrule.bench.processes.harness import Plan, compare
from chainrule.bench.processes.machine import (
    CLEARED,
    THREADS,
    child_environment,
    describe,
    processors,
)
from chainrule.bench.processes.process import Process, WorkerError
from chainrule.errors import OptionError, UnknownNameError


@pytest.mark.parametrize("threads", [1, 2])
def test_variables_of_a_child(threads):
    base = dict.fromkeys([*CLEARED, *THREADS], "7") | {"PATH": "/bin"}
    found = child_environment(base, threads)
    assert not set(CLEARED) & set(found)
    assert {found[name] for name in THREADS} == {str(threads)}
    assert found["PATH"] == "/bin"
    assert base["OMP_NUM_THREADS"] == "7"


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="processes cannot be bound")
def test_a_child_is_bound_and_this_process_is_not():
    before = os.sched_getaffinity(0)
    with Process({**os.environ, "OPENBLAS_CORETYPE": "Prescott"}, 1) as process:
        assert os.sched_getaffinity(process._process.pid) == processors(1)
        libraries = process.ask(
            do="make", contestant="sklearn", workload=SMALL["tiny"].to_dict(), threads=1
        )
        assert os.sched_getaffinity(0) == before
    assert libraries
    assert all("1 threads" in line and "Prescott" not in line for line in libraries)


def test_processors_are_there():
    one, many = processors(1), processors(10_000)
    if one is None or many is None:
        pytest.skip("processes cannot be bound")
    assert len(one) == 1
    assert many == os.sched_getaffinity(0)


def test_a_child_that_fails_says_how():
    with Process(os.environ, 1) as process:
        with pytest.raises(WorkerError, match="KeyError"):
            process.ask(do="make", contestant="nobody", workload={}, threads=1)
        process._process.terminate()
        with pytest.raises(WorkerError, match="the end of the process"):
            process.ask(do="check")


class _Pretended:
    """A process that is none."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers, self.asked = answers, list[str]()
        self.name = ""

    def __enter__(self) -> _Pretended:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def send(self, **request: Any) -> None:
        self.name = request["contestant"]

    def receive(self) -> list[str]:
        return ["blas"]

    def ask(self, **request: Any) -> Any:
        self.asked.append(request["do"])
        CALLS.append((self.name, request["do"]))
        answer = self.answers[self.name][request["do"]]
        if isinstance(answer, Exception):
            raise answer
        return answer


CALLS: list[tuple[str, str]] = []


def _compared(monkeypatch: pytest.MonkeyPatch, answers: dict[str, Any]) -> Any:
    CALLS.clear()
    monkeypatch.setattr(harness, "Process", lambda *_: _Pretended(answers))
    monkeypatch.setattr(harness, "PAUSE", 0.0)
    for kind in CONTESTANTS.values():
        monkeypatch.setattr(kind, "missing", classmethod(lambda cls: ""))
    return compare(SMALL["tiny"], 1, Plan({}, tuple(answers), repetitions=3))


def test_in_turn_and_only_who_agrees(monkeypatch):
    losses = harness.reference_losses(SMALL["tiny"], 50).tolist()
    good = {"check": losses, "warm": 10, "once": 2.0}
    broken = WorkerError("worker", expected="an answer", got="ValueError: no")
    found, left_out, libraries = _compared(
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
    monkeypatch.setattr(hips.Hips, "libraries", ("no_such_library",))
    found, left_out, _ = compare(SMALL["tiny"], 1, Plan({}, ("autograd",)))
    assert found == []
    assert left_out == {"autograd": "no_such_library is not installed"}
    _, left_out, _ = compare(SMALL["norm"], 1, Plan({}, ("autograd", "sklearn")))
    assert left_out == {"autograd": "only small networks", "sklearn": "has no batch normalisation"}


def test_scaling_leaves_out_what_fails(monkeypatch):
    monkeypatch.setattr(
        "chainrule.bench.measurements.scaling.compare", lambda *_: ([], {"chainrule": "no"}, {})
    )
    assert scale(1, Plan({})) == []


def test_memory_grows_when_a_network_is_trained():
    request = {"contestant": "sklearn", "workload": SMALL["wide"].to_dict(), "threads": 1}
    with Process(os.environ, 1) as process:
        growth = process.ask(do="memory", **request)
    assert growth is None or 0 <= growth < 1000


@pytest.mark.parametrize(
    ("threads", "changes", "error"),
    [
        (0, {}, OptionError),
        (1, {"repetitions": 0}, OptionError),
        (1, {"contestants": ("torhc",)}, UnknownNameError),
    ],
)
def test_what_cannot_be_measured(threads, changes, error):
    with pytest.raises(error):
        comparison.check([threads], replace(Plan({}), **changes))


def test_the_machine_is_described():
    found = describe(2, 7)
    assert found["threads"] == 2
    assert found["versions"]["numpy"]
    assert json.dumps(found)


def test_contestants_import_light():
    heavy = {"torch", "jax", "sklearn", "micrograd", "autograd", "numba"}
    code = (
        "import sys, chainrule.bench.measurements.comparison, chainrule.bench.report,"
        " chainrule.bench.measurements.scaling,"
        f" chainrule.bench.processes.worker; print(*{heavy} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
