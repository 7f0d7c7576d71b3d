"""Networks grow along one axis at a time until another library is faster."""

from __future__ import annotations

from typing import Any

import pytest

from chainrule.bench.libraries import largest_wins
from chainrule.bench.libraries.largest_wins import (
    FACTORS,
    FAR,
    largest_wins_report,
    measure_largest_wins,
    variants,
)
from chainrule.bench.libraries.plan import Plan
from chainrule.bench.libraries.results import Result, Timing
from chainrule.bench.libraries.scaling import multiplications
from chainrule.bench.measurements.step_time import FEWEST_STEPS
from chainrule.bench.workloads import WORKLOADS, Workload


@pytest.mark.parametrize("name", ["small", "lstm", "gru", "conv", "attn"])
def test_each_axis_grows(name):
    found = variants(WORKLOADS[name])
    assert "batch" in found
    assert len(found) == (2 if name == "small" else 3)
    for axis, along in found.items():
        assert len(along) == len(FACTORS)
        works = [multiplications(workload) for _, workload in along]
        assert works == sorted(set(works)), axis
        assert all(workload.steps >= FEWEST_STEPS for _, workload in along)
        assert along[0][1].network == WORKLOADS[name].network
    assert variants(WORKLOADS["infer-1"]) == {}


def test_an_axis_ends_where_another_library_is_faster(monkeypatch):
    asked: list[tuple[str, tuple[str, ...]]] = []

    def timed(workload: Workload, threads: int, plan: Plan) -> Timing:
        assert plan.checked == 1
        asked.append((workload.name, plan.contestants))
        factor = multiplications(workload) / multiplications(WORKLOADS["gru"])
        times = {
            "chainrule": factor**1.5,
            "jax_scan": 3 * factor,
            "torch_eager": 3.1 * FAR * factor,
        }
        return Timing(
            [
                Result(workload.name, name, 1, None, time, time, time, 5)
                for name, time in times.items()
                if name in plan.contestants
            ],
            None,
            {},
            [],
        )

    monkeypatch.setattr(largest_wins, "time_workload", timed)
    plan = Plan({}, ("chainrule", "jax_scan", "torch_eager"))
    points = measure_largest_wins([WORKLOADS["gru"]], 1, plan)
    assert [(p.axis, p.value, p.ratio >= 1) for p in points if p.axis == "T"] == [
        ("T", 100, True),
        ("T", 200, True),
        ("T", 400, True),
        ("T", 800, True),
        ("T", 1600, False),
    ]
    far = [names for name, names in asked if name != "gru, T 100" and name.startswith("gru, T")]
    assert set(far) == {("chainrule", "jax_scan")}
    page = largest_wins_report(points)
    assert "| gru | T | 800 | 1600: jax_scan takes 0.75 of the time |" in page
    assert "| gru | T | 100 | 1.00 | jax_scan | 3.00 | 3.00 × |" in page


def test_what_fails_ends_an_axis(monkeypatch):
    def failing(*_: Any) -> Timing:
        return Timing([], None, {"chainrule": "no"}, [])

    monkeypatch.setattr(largest_wins, "time_workload", failing)
    assert measure_largest_wins([WORKLOADS["lstm"]], 1, Plan({})) == []
