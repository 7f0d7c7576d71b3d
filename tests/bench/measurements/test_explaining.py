"""The figures of explaining, on networks of a few neurons."""

from __future__ import annotations

import os

import pytest

from bench.small import SMALL
from chainrule.bench.measurements.comparison import _explaining
from chainrule.bench.measurements.explaining import SECONDS, measure
from chainrule.bench.processes.harness import Plan
from chainrule.bench.workloads import WORKLOADS


@pytest.mark.parametrize("name", SECONDS)
def test_a_weight_is_explained(name):
    found = measure(SMALL[name], 1)
    _, *hidden, classes = SMALL[name].sizes
    most = classes
    for width in hidden[1:]:
        most *= width
    assert 0 < int(found["paths"]) <= most
    assert 0 < found["min_s"] <= found["median_s"] <= found["max_s"]


def test_it_is_measured_in_a_process_of_its_own():
    said: list[str] = []
    plan = Plan(dict(os.environ), ("chainrule",), 1, 0.01, said.append)
    found = _explaining([SMALL["tiny"], SMALL["mnist"]], 1, plan)
    assert list(found) == ["mnist"]
    assert said == ["mnist: explaining a weight"]
    assert _explaining([SMALL["mnist"]], 1, Plan(dict(os.environ), ("sklearn",))) == {}


def test_the_networks_are_those_of_the_comparison():
    assert set(SECONDS) <= set(WORKLOADS)
