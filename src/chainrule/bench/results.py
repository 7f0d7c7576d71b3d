"""Results as data, and as the JSON that other programs read."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, final

__all__ = ["Result", "Run"]


@final
@dataclass(frozen=True)
class Result:
    """One contestant on one workload: microseconds a step (or a prediction), over repetitions.

    loss_after_50  None for predictions
    peak_mb        growth of resident memory at its peak, where it was measured
    """

    workload: str
    contestant: str
    median_us: float
    min_us: float
    max_us: float
    loss_after_50: float | None = None
    peak_mb: float | None = None


@final
@dataclass(frozen=True)
class Run:
    """All results with one number of threads.

    environment  the machine, versions, repetitions, and under `left_out` who was not timed and why
    roof         what the machine could do, by workload; see `bench.roof`
    explaining   the ten largest paths to one weight, by workload; see `bench.explaining`
    """

    environment: dict[str, Any]
    results: list[Result]
    roof: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    explaining: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it: environment, results, roof, explaining."""
        return dataclasses.asdict(self)

    def of(self, workload: str) -> dict[str, Result]:
        """The results of a workload by contestant, fastest first."""
        found = [result for result in self.results if result.workload == workload]
        return {r.contestant: r for r in sorted(found, key=lambda result: result.median_us)}

    @property
    def workloads(self) -> list[str]:
        """Those with results or with contestants left out, in order."""
        names = [result.workload for result in self.results]
        return list(dict.fromkeys([*names, *self.environment.get("left_out", {})]))
