"""Scaling varies one axis at a time."""

from __future__ import annotations

from chainrule.bench.libraries.plan import Plan
from chainrule.bench.libraries.results import Timing
from chainrule.bench.libraries.scaling import measure_scaling, multiplications, scaling_workloads


def test_work_grows_along_each_axis():
    for axis in ("batch", "width", "depth"):
        along = [(value, workload) for name, value, workload in scaling_workloads() if name == axis]
        works = [multiplications(workload) for _, workload in along]
        assert works == sorted(works)
        assert all(workload.steps >= 50 for _, workload in along)


def test_failing_networks_are_left_out(monkeypatch):
    monkeypatch.setattr(
        "chainrule.bench.libraries.scaling.time_workload",
        lambda *_: Timing([], None, {"chainrule": "no"}, []),
    )
    assert measure_scaling(1, Plan({})) == []
