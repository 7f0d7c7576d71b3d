"""Scaling: how the time of chainrule's training step grows with batch, width and depth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

from chainrule.bench.contestants import OURS
from chainrule.bench.libraries.plan import Plan
from chainrule.bench.libraries.workload_timing import time_workload
from chainrule.bench.measurements.roof import products
from chainrule.bench.networks import Perceptron
from chainrule.bench.workloads import Workload

__all__ = ["Point", "measure_scaling", "multiplications", "scaling_workloads"]

BATCHES = (16, 32, 64, 128, 256, 512)
WIDTHS = (64, 128, 256, 512, 1024)
DEPTHS = (1, 2, 4, 8, 16, 32)

TURNS = 9
"""Slices of each network, in one process."""


@final
@dataclass(frozen=True)
class Point:
    """One network: what is varied, its value, the multiplications and the time of a step."""

    axis: str
    value: int
    work: int
    median_us: float


def scaling_workloads() -> list[tuple[str, int, Workload]]:
    """Variations, with their axis and value, of a 128-128-128-10 network with batches of 64."""

    def network(axis: str, value: int, width: int, depth: int, batch: int) -> Workload:
        shape = Perceptron((128, *[width] * depth, 10))
        return Workload(f"{axis} {value}", shape, batch, rows=50 * max(batch, 64))

    found = [("batch", n, network("batch", n, 128, 2, n)) for n in BATCHES]
    found += [("width", n, network("width", n, n, 2, 64)) for n in WIDTHS]
    return found + [("depth", n, network("depth", n, 128, n, 64)) for n in DEPTHS]


def multiplications(workload: Workload) -> int:
    """The number of multiplications in the matrix products of a step."""
    return sum(m * n * k for _, m, n, k in products(workload))


def measure_scaling(threads: int, plan: Plan) -> list[Point]:
    """Time chainrule on every network; networks that fail are left out."""
    ours = replace(plan, contestants=(OURS,), turns=TURNS, quick=True, checked=1)
    found: list[Point] = []
    for axis, value, workload in scaling_workloads():
        work = multiplications(workload)
        results = time_workload(workload, threads, ours).results
        found += [Point(axis, value, work, result.median_us) for result in results]
    return found
