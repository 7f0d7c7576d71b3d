"""The results of comparing libraries, as data and as the JSON that other programs read."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, final

__all__ = ["Result", "Run"]


@final
@dataclass(frozen=True)
class Result:
    """One contestant on one workload: microseconds per step or prediction, over repetitions.

    loss_after_50  None for predictions
    peak_mb        peak growth of resident memory, if it was measured
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
    """All results for one number of threads.

    environment  the machine, versions, repetitions; under `left_out`, by workload, the contestants
                 that were not timed, with the reason
    roof         the least possible time, by workload; see `bench.measurements.roof`
    explaining   the time of explanations, by workload; see `bench.measurements.explanation_time`
    """

    environment: dict[str, Any]
    results: list[Result]
    roof: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    explaining: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def to_dict(self) -> dict[str, Any]:
        """The object that is written as JSON: environment, results, roof, explaining."""
        return dataclasses.asdict(self)

    def of(self, workload: str) -> dict[str, Result]:
        """The results of one workload by contestant, fastest first."""
        found = [result for result in self.results if result.workload == workload]
        return {r.contestant: r for r in sorted(found, key=lambda result: result.median_us)}

    @property
    def workloads(self) -> list[str]:
        """The workloads with results or with contestants left out, in order."""
        names = [result.workload for result in self.results]
        return list(dict.fromkeys([*names, *self.environment.get("left_out", {})]))
