"""The memory that training needs, and the growth of a process that trains."""

from __future__ import annotations

import os

from bench.small_workloads import SMALL
from chainrule.bench.measurements.memory_growth import needed_bytes
from chainrule.bench.processes.process import Process
from chainrule.bench.workloads import WORKLOADS


def test_needed_bytes():
    wide = WORKLOADS["wide"]
    batch = 128 * (4 * 784 + 8)
    assert needed_bytes(wide) == 16 * wide.parameters + 4 * 128 * (512 + 512 + 10) + batch


def test_growth_of_a_worker():
    request = {"contestant": "sklearn", "workload": SMALL["wide"].to_dict(), "threads": 1}
    with Process(os.environ, 1) as process:
        growth = process.ask(do="memory", **request)
    assert growth is None or 0 <= growth < 1000
