"""The time of explanations, on networks of a few neurons."""

from __future__ import annotations

import pytest

from bench.small_workloads import SMALL
from chainrule.bench.measurements.explanation_time import SECONDS, measure_explanations
from chainrule.bench.workloads import WORKLOADS


@pytest.mark.parametrize("name", SECONDS)
def test_a_weight_is_explained(name):
    found = measure_explanations(SMALL[name], 1)
    _, *hidden, classes = SMALL[name].network.sizes
    most = classes
    for width in hidden[1:]:
        most *= width
    assert 0 < int(found["paths"]) <= most
    assert 0 < found["min_s"] <= found["median_s"] <= found["max_s"]


def test_the_networks_are_workloads():
    assert set(SECONDS) <= set(WORKLOADS)
