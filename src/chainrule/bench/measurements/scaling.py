"""Scaling: how the time of a step of ours grows with the batch, the width and the depth."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import final

from chainrule.bench.contestants import OURS
from chainrule.bench.measurements.roof import products
from chainrule.bench.processes.harness import Plan, compare
from chainrule.bench.workloads import Workload

__all__ = ["Point", "points", "scale", "work"]

BATCHES = (16, 32, 64, 128, 256, 512)
WIDTHS = (64, 128, 256, 512, 1024)
DEPTHS = (1, 2, 4, 8, 16, 32)


@final
@dataclass(frozen=True)
class Point:
    """One network: what is varied and its value, multiplications of a step, time of a step."""

    axis: str
    value: int
    work: int
    median_us: float


def points() -> list[tuple[str, int, Workload]]:
    """Networks of 128 inputs and 10 classes, around 2 × 128 hidden neurons and batches of 64."""

    def network(axis: str, value: int, width: int, depth: int, batch: int) -> Workload:
        name, tolerance = f"{axis} {value}", math.inf  # deep ones: see the workloads
        sizes = (128, *[width] * depth, 10)
        return Workload(name, sizes, batch, rows=50 * max(batch, 64), tolerance=tolerance)

    found = [("batch", n, network("batch", n, 128, 2, n)) for n in BATCHES]
    found += [("width", n, network("width", n, n, 2, 64)) for n in WIDTHS]
    return found + [("depth", n, network("depth", n, 128, n, 64)) for n in DEPTHS]


def work(workload: Workload) -> int:
    """Multiplications in the matrix products of a step."""
    return sum(m * n * k for _, m, n, k in products(workload))


def scale(threads: int, plan: Plan) -> list[Point]:
    """Time every point; those that fail are left out."""
    ours = replace(plan, contestants=(OURS,))
    found: list[Point] = []
    for axis, value, workload in points():
        results, _, _ = compare(workload, threads, ours)
        found += [Point(axis, value, work(workload), result.median_us) for result in results]
    return found
