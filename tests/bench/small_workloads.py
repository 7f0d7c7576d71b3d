"""Workloads that are small enough for tests."""

from __future__ import annotations

import dataclasses

from chainrule.bench.workloads import WORKLOADS, Workload

SMALL = {
    name: dataclasses.replace(WORKLOADS[name], sizes=sizes, rows=60 * batch, batch=batch)
    for name, sizes, batch in (
        ("tiny", (2, 8, 2), 8),
        ("small", (16, 8, 5), 8),
        ("mnist", (49, 16, 10), 16),
        ("wide", (49, 32, 32, 10), 32),
        ("deep", (16, *[16] * 6, 10), 16),
        ("norm", (16, *[16] * 3, 10), 16),
    )
}
"""Every training workload with narrower layers and fewer rows."""

INFER: Workload = dataclasses.replace(WORKLOADS["infer-1"], sizes=(49, 16, 10), samples=3)
