"""The time of planning, on recurrent networks of a few units."""

from __future__ import annotations

import pytest

from bench.small_workloads import SEQUENCES
from chainrule.bench.measurements.planning_time import SECONDS, measure_planning


@pytest.mark.parametrize("name", SECONDS)
def test_a_long_network_is_planned(name):
    found = measure_planning(SEQUENCES[name])
    assert 0 < found["min_s"] <= found["median_s"] <= found["max_s"]
