"""The results of comparing libraries, as data and as the JSON that other programs read."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, final

from chainrule.bench.pairing.paired_ratios import Ratio, Verdict
from chainrule.bench.workloads import WORKLOADS

__all__ = ["PeerRatio", "Result", "Run", "Timing"]

FEWEST_ROUNDS = 5
"""With fewer rounds the interval says too little about what other processes would do."""

MARGIN = 1.5
"""The factor by which the interval is then widened before it decides anything."""


@final
@dataclass(frozen=True)
class Result:
    """One contestant on one workload: microseconds per step or prediction, over all slices.

    threads, wait  its best setting; `wait` is passive, active or, left to the library, None
    slices         how many were timed
    loss_after_50  None for predictions
    peak_mb        peak growth of resident memory, if it was measured
    """

    workload: str
    contestant: str
    threads: int
    wait: str | None
    median_us: float
    min_us: float
    max_us: float
    slices: int
    loss_after_50: float | None = None
    peak_mb: float | None = None


@final
@dataclass(frozen=True)
class PeerRatio:
    """How many times faster chainrule is than the best other library on a workload.

    peer           the library with the lowest ratio
    ratio          the lowest ratio, with the lowest ends of all intervals
    rounds, turns  in which the pairs were timed
    """

    workload: str
    peer: str
    ratio: Ratio
    rounds: int
    turns: int

    def verdict(self, goal: float) -> Verdict:
        """Whether the ratio reaches `goal`; few rounds decide only what is far from it."""
        return self.ratio.verdict(goal, 1.0 if self.rounds >= FEWEST_ROUNDS else MARGIN)

    def to_dict(self) -> dict[str, Any]:
        """The ratio, its interval, and both goals with their verdicts."""
        found: dict[str, Any] = {
            "workload": self.workload,
            "peer": self.peer,
            "ratio": self.ratio.value,
            "low": self.ratio.low,
            "high": self.ratio.high,
            "rounds": self.rounds,
            "turns": self.turns,
        }
        workload = WORKLOADS.get(self.workload)
        for name in ("must", "aim"):
            goal = getattr(workload, name, None)
            found[name] = goal
            found[f"{name}_verdict"] = None if goal is None else self.verdict(goal)
        return found


@final
@dataclass(frozen=True)
class Timing:
    """What was measured of one workload.

    results   one for each contestant, with its best setting, fastest first
    ratio     None if chainrule or every other library is missing
    left_out  contestants and settings that were not timed to the end, with the reason
    blas      the BLAS libraries in chainrule's process
    """

    results: list[Result]
    ratio: PeerRatio | None
    left_out: dict[str, str]
    blas: list[str]


@final
@dataclass(frozen=True)
class Run:
    """All results for at most one number of threads.

    environment  versions, turns, rounds; under `left_out`, by workload, the contestants that were
                 not timed to the end, with the reason; under `notes` what else one has to know
    host         what the host is and how fast; see `bench.libraries.host`
    roof         the least possible time, by workload; see `bench.measurements.roof`
    explaining   the time of explanations, by workload; see `bench.measurements.explanation_time`
    planning     that of planning, likewise; see `bench.measurements.planning_time`
    """

    environment: dict[str, Any]
    host: dict[str, Any]
    results: list[Result]
    ratios: list[PeerRatio] = field(default_factory=list[PeerRatio])
    roof: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    explaining: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    planning: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def to_dict(self) -> dict[str, Any]:
        """The object that is written as JSON: the fields, each as plain data."""
        return {
            "environment": self.environment,
            "host": self.host,
            "results": [dataclasses.asdict(result) for result in self.results],
            "ratios": [ratio.to_dict() for ratio in self.ratios],
            "roof": self.roof,
            "explaining": self.explaining,
            "planning": self.planning,
        }

    def of(self, workload: str) -> dict[str, Result]:
        """The results of one workload by contestant, fastest first."""
        found = [result for result in self.results if result.workload == workload]
        return {r.contestant: r for r in sorted(found, key=lambda result: result.median_us)}

    def ratio(self, workload: str) -> PeerRatio | None:
        """The ratio of one workload."""
        return next((ratio for ratio in self.ratios if ratio.workload == workload), None)

    @property
    def workloads(self) -> list[str]:
        """The workloads with results or with contestants left out, in order."""
        names = [result.workload for result in self.results]
        return list(dict.fromkeys([*names, *self.environment.get("left_out", {})]))
