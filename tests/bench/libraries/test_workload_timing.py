"""Contestants are timed in turn at their best setting, and are left out with a reason if not."""

from __future__ import annotations

from typing import Any

import pytest

from bench.fake_process import FakeProcess, FakeProcesses, failure
from bench.small_workloads import SMALL
from chainrule.bench.contestants import hips_autograd
from chainrule.bench.libraries.agreement import expected_result
from chainrule.bench.libraries.plan import Plan
from chainrule.bench.libraries.results import Timing
from chainrule.bench.libraries.workload_timing import SCREENING, time_workload

TINY = SMALL["tiny"]

LOSSES = expected_result(TINY).tolist()

TURNS, ROUNDS = 12, 6


def good(us: float, **changes: Any) -> dict[str, Any]:
    """The answers of a contestant that takes `us` microseconds a step."""
    return {"make": ["blas"], "check": LOSSES, "warm": 10, "slice": us, **changes}


def timed(fakes: FakeProcesses, threads: int = 2, **changes: Any) -> Timing:
    names = tuple(name for name in fakes.answers if " " not in name)
    return time_workload(TINY, threads, Plan({}, names, turns=TURNS, **changes))


def test_those_that_agree_are_timed_in_turn(monkeypatch):
    wrong = [2 * loss for loss in LOSSES]
    answers = {
        "chainrule": good(2.0),
        "jax_step": good(1.0, check=wrong),
        "sklearn": good(1.0, check=failure("ValueError: no")),
        "jax_scan": good(5.0),
    }
    fakes = FakeProcesses(monkeypatch, answers)
    found = timed(fakes, threads=1)
    assert [result.contestant for result in found.results] == ["chainrule", "jax_scan"]
    assert (found.results[0].median_us, found.results[0].min_us) == (2.0, 2.0)
    assert found.results[0].slices == TURNS
    assert found.results[0].loss_after_50 == LOSSES[49]
    assert found.left_out["jax_step, 1 thread"].startswith("disagrees: loss")
    assert found.left_out["sklearn, 1 thread"] == "failed: ValueError: no"
    assert found.blas == ["blas"]
    assert found.ratio is not None
    assert (found.ratio.peer, found.ratio.ratio.value) == ("jax_scan", 2.5)
    assert (found.ratio.rounds, found.ratio.turns) == (ROUNDS, TURNS)
    assert found.ratio.verdict(2.5) == "met"
    assert found.ratio.verdict(2.6) == "not met"
    # a drift favours nobody: A B, B A; and each round has new processes
    assert fakes.asked("slice")[:4] == ["chainrule", "jax_scan", "jax_scan", "chainrule"]
    assert fakes.started.count("chainrule") == ROUNDS


def test_drift_favours_nobody(monkeypatch):
    speed = [1.0]

    def slower(us: float) -> Any:
        def slice_(number: int) -> float:
            speed[0] *= 1.01
            return us * speed[0]

        return slice_

    answers = {"chainrule": good(1, slice=slower(2.0)), "jax_scan": good(1, slice=slower(3.0))}
    found = timed(FakeProcesses(monkeypatch, answers), threads=1)
    assert found.ratio is not None
    assert found.ratio.ratio.value == pytest.approx(1.5, rel=1e-3)


def test_the_best_setting_of_each_counts(monkeypatch):
    answers = {
        "chainrule": good(3.0),
        "chainrule 1": good(2.0),
        "torch_eager": good(30.0),
        "torch_eager 2passive": good(8.0),
        "torch_eager 1": good(9.0),
        "sklearn": good(4.0),
        "sklearn 1": good(7.0),
    }
    fakes = FakeProcesses(monkeypatch, answers)
    found = timed(fakes)
    settings = {r.contestant: (r.threads, r.wait, r.median_us) for r in found.results}
    assert settings == {
        "chainrule": (1, None, 2.0),
        "sklearn": (2, None, 4.0),
        "torch_eager": (2, "passive", 8.0),
    }
    tried = [call for call in fakes.calls if call[0] == "torch_eager" and call[2] == "slice"]
    assert {setting for _, setting, _ in tried} == {"2passive", "2active", "1"}
    assert sum(setting == "2active" for _, setting, _ in tried) == SCREENING
    assert found.left_out == {}


def test_a_hopeless_setting_is_tried_once(monkeypatch):
    answers = {
        "chainrule": good(3.0),
        "torch_eager": good(8.0),
        "torch_eager 2active": good(900.0),
    }
    fakes = FakeProcesses(monkeypatch, answers)
    found = timed(fakes)
    tried = [setting for _, setting, what in fakes.calls if what == "slice"]
    assert tried.count("2active") == 1
    assert [(r.contestant, r.threads, r.wait) for r in found.results] == [
        ("chainrule", 2, None),
        ("torch_eager", 2, "passive"),
    ]
    assert found.left_out == {}


def test_only_those_that_may_be_the_best_peer_go_on(monkeypatch):
    answers = {
        "chainrule": good(1.0),
        "jax_scan": good(2.0),
        "jax_step": good(2.4),
        "sklearn": good(2.6),
    }
    fakes = FakeProcesses(monkeypatch, answers)
    found = timed(fakes, threads=1)
    assert {name: fakes.started.count(name) for name in answers} == {
        "chainrule": ROUNDS,
        "jax_scan": ROUNDS,
        "jax_step": ROUNDS,
        "sklearn": 1,
    }
    slices = {result.contestant: result.slices for result in found.results}
    assert slices == {"chainrule": 12, "jax_scan": 12, "jax_step": 12, "sklearn": 2}


def test_a_peer_that_was_disturbed_in_the_first_round_goes_on(monkeypatch):
    disturbed = good(1, slice=lambda number: 9.0 if number else 2.0)
    answers = {"chainrule": good(1.0), "jax_scan": good(3.0), "jax_step": disturbed}
    fakes = FakeProcesses(monkeypatch, answers)
    timed(fakes, threads=1)
    assert fakes.started.count("jax_step") == ROUNDS


def test_the_ratio_is_to_whichever_peer_is_the_best(monkeypatch):
    # the second peer's times vary: it is slower in the median, but may be the faster one
    vary = good(1, slice=lambda number: 2.2 if number % 2 else 1.9)
    answers = {"chainrule": good(1.0), "jax_scan": good(2.0), "jax_step": vary}
    found = timed(FakeProcesses(monkeypatch, answers), threads=1)
    assert found.ratio is not None
    assert (found.ratio.peer, found.ratio.ratio.value) == ("jax_scan", 2.0)
    assert found.ratio.ratio.low < 2.0
    assert found.ratio.ratio.high == 2.0
    assert found.ratio.verdict(2.0) == "not decided"


@pytest.mark.parametrize("what", ["make", "check", "warm", "slice"])
def test_a_contestant_that_fails_is_left_out_and_the_others_go_on(monkeypatch, what):
    killed = good(1.0, **{what: failure("the end of the process (code -9)")})
    answers = {"chainrule": good(2.0), "jax_step": killed, "jax_scan": good(5.0)}
    found = timed(FakeProcesses(monkeypatch, answers), threads=1)
    assert [result.contestant for result in found.results] == ["chainrule", "jax_scan"]
    assert found.left_out == {"jax_step, 1 thread": "failed: the end of the process (code -9)"}
    assert found.ratio is not None
    assert (found.ratio.peer, found.ratio.ratio.value) == ("jax_scan", 2.5)


@pytest.mark.parametrize("victim", ["chainrule", "jax_scan"])
@pytest.mark.parametrize("what", ["make", "slice"])
def test_one_that_is_killed_in_a_later_round_counts_no_more(monkeypatch, victim, what):
    answers = {"chainrule": good(2.0), "jax_scan": good(5.0), "jax_step": good(6.0)}
    fakes = FakeProcesses(monkeypatch, answers)
    fine, code = answers[victim][what], "the end of the process (code -9)"

    def killed(number: int) -> Any:
        in_round = fakes.started.count(victim)
        return failure(code) if in_round == 3 and number == (what == "slice") else fine

    answers[victim][what] = killed
    found = timed(fakes, threads=1)
    assert found.left_out == {f"{victim}, 1 thread": f"failed: {code}"}
    assert fakes.started.count(victim) == 3
    rest = [name for name in answers if name != victim]
    assert [result.contestant for result in found.results] == rest
    assert all(result.slices == TURNS for result in found.results)
    if victim == "chainrule":
        assert found.ratio is None
    else:
        assert found.ratio is not None
        assert (found.ratio.peer, found.ratio.ratio.value) == ("jax_step", 3.0)


def test_a_setting_that_fails_leaves_the_others_of_its_contestant(monkeypatch):
    answers = {
        "chainrule": good(2.0),
        "torch_eager": good(5.0),
        "torch_eager 2active": good(1.0, slice=failure("none within 60 s")),
    }
    found = timed(FakeProcesses(monkeypatch, answers))
    assert found.left_out == {"torch_eager, 2 threads, active": "failed: none within 60 s"}
    assert found.ratio is not None
    assert found.ratio.ratio.value == 2.5


def test_nobody_is_left(monkeypatch):
    nobody = timed(FakeProcesses(monkeypatch, {"chainrule": good(1.0, make=failure("no"))}), 1)
    assert (nobody.results, nobody.ratio) == ([], None)
    alone = timed(FakeProcesses(monkeypatch, {"chainrule": good(1.0)}), 1)
    assert (len(alone.results), alone.ratio) == (1, None)


def test_a_quick_run_has_one_round_and_one_setting_and_decides_only_what_is_clear(monkeypatch):
    answers = {"chainrule": good(1.0), "torch_eager": good(3.0), "torch_compile": good(1.0)}
    fakes = FakeProcesses(monkeypatch, answers)
    found = timed(fakes, quick=True)
    assert fakes.started == ["chainrule", "torch_eager"]
    assert "quick" in found.left_out["torch_compile"]
    assert found.ratio is not None
    assert found.ratio.verdict(1.9) == "met"
    assert found.ratio.verdict(2.9) == found.ratio.verdict(4.4) == "not decided"
    assert found.ratio.verdict(4.6) == "not met"


def test_what_cannot_win_is_not_compiled(monkeypatch):
    answers = {
        "chainrule": good(1.0),
        "torch_eager": good(9.0),
        "torch_compile": good(1.5),
        "jax_scan": good(2.0),
    }
    fakes = FakeProcesses(monkeypatch, answers)
    found = timed(fakes, threads=1)
    reason = "cannot win: torch_eager takes 4.5 times as long as jax_scan"
    assert found.left_out == {"torch_compile": reason}
    assert "torch_compile" not in fakes.started
    answers["torch_eager"] = good(7.0)
    found = timed(FakeProcesses(monkeypatch, answers), threads=1)
    assert found.left_out == {}
    assert found.ratio is not None
    assert (found.ratio.peer, found.ratio.ratio.value) == ("torch_compile", 1.5)
    alone = {"torch_compile": good(1.0)}
    for others in ({}, {"torch_eager": good(9.0, make=failure("no"))}):
        found = timed(FakeProcesses(monkeypatch, others | alone), threads=1)
        assert [result.contestant for result in found.results] == ["torch_compile"]


def test_later_rounds_have_slices_of_the_same_length(monkeypatch):
    plans: list[Any] = []
    ask = FakeProcess.ask

    def noted(self: FakeProcess, **request: Any) -> Any:
        if request["do"] == "warm":
            plans.append(request["plan"])
        return ask(self, **request)

    monkeypatch.setattr(FakeProcess, "ask", noted)
    timed(FakeProcesses(monkeypatch, {"chainrule": good(1.0, warm=[50, 2])}), threads=1)
    assert plans == [None, *[[50, 2]] * (ROUNDS - 1)]


def test_missing_and_declining_contestants_are_named(monkeypatch):
    monkeypatch.setattr(hips_autograd.Hips, "libraries", ("no_such_library",))
    found = time_workload(TINY, 1, Plan({}, ("autograd",)))
    assert found.results == []
    assert found.left_out == {"autograd": "no_such_library is not installed"}
    monkeypatch.setattr(hips_autograd.Hips, "libraries", ())
    left_out = time_workload(SMALL["norm"], 1, Plan({}, ("autograd", "sklearn"))).left_out
    assert left_out == {"autograd": "only small networks", "sklearn": "has no batch normalisation"}
