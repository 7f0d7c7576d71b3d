"""Training on every table with every contestant, and what the scores say."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

from chainrule.bench.tables.chainrule_contestant import OURS, train_and_score
from chainrule.bench.tables.read_table import Rows, read_table, split
from chainrule.bench.tables.sklearn_contestants import MLP, MLP_STOPPING, SKLEARN
from chainrule.bench.tables.table_list import BenchTable

__all__ = ["CONTESTANTS", "RANKED", "TableResult", "compare", "mean_ranks"]

CONTESTANTS: Mapping[str, Callable[[BenchTable, Rows, int], float]] = {
    OURS: train_and_score,
    **SKLEARN,
}

RANKED = (OURS, MLP, MLP_STOPPING)
"""The contestants that are ranked; gradient boosting is shown beside these networks."""

TOLERANCE = {"classification": 0.01, "regression": 0.02}
"""By how much a mean may be below that of the better network before it is marked."""


@final
@dataclass
class TableResult:
    """The scores of one table by contestant, one for each split, and the seconds each took.

    The score is the accuracy for classes, and R² for numbers.
    """

    table: BenchTable
    rows: int
    columns: int
    scores: dict[str, list[float]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def mean(self, contestant: str) -> float:
        """The mean score."""
        return statistics.fmean(self.scores[contestant])

    def spread(self, contestant: str) -> float:
        """The standard deviation of the scores over the splits; 0 for a single one."""
        scores = self.scores[contestant]
        return statistics.stdev(scores) if len(scores) > 1 else 0.0

    @property
    def ranks(self) -> dict[str, float]:
        """The rank of each network by its mean score, 1 being best; equal ones share theirs."""
        means = {name: self.mean(name) for name in RANKED}
        return {
            name: 1
            + sum(other > mean for other in means.values())
            + (sum(other == mean for other in means.values()) - 1) / 2
            for name, mean in means.items()
        }

    @property
    def difference(self) -> tuple[float, float]:
        """Ours less the better of the other networks: the mean over splits, and its error.

        The error is the standard deviation of the difference in the splits over the root of their
        number.  Which of the others is better is decided by their means.
        """
        better = max((MLP, MLP_STOPPING), key=self.mean)
        pairs = zip(self.scores[OURS], self.scores[better], strict=True)
        found = [ours - theirs for ours, theirs in pairs]
        error = statistics.stdev(found) / len(found) ** 0.5 if len(found) > 1 else 0.0
        return statistics.fmean(found), error

    @property
    def is_below(self) -> bool:
        """Whether ours is below the better one by more than the tolerance and the error."""
        mean, error = self.difference
        return -mean > TOLERANCE[self.table.task] + error

    def to_dict(self) -> dict[str, Any]:
        """The result as entries for JSON."""
        mean, error = self.difference
        return {
            "table": self.table.name,
            "held_out": self.table.held_out,
            "task": self.table.task,
            "rows": self.rows,
            "columns": self.columns,
            "scores": self.scores,
            "seconds": self.seconds,
            "difference": mean,
            "difference_error": error,
            "below": self.is_below,
        }


def compare(
    tables: Sequence[BenchTable],
    splits: int,
    on_progress: Callable[[int, str], None] = lambda done, words: None,
    contestants: Mapping[str, Callable[[BenchTable, Rows, int], float]] = CONTESTANTS,
) -> tuple[list[TableResult], list[BenchTable]]:
    """Train every contestant on the same splits of each table.

    Returns the results, and the tables whose package is not installed.
    """
    found: list[TableResult] = []
    missing: list[BenchTable] = []
    for number, table in enumerate(tables):
        frame = read_table(table)
        if frame is None:
            missing.append(table)
            continue
        result = TableResult(table, len(frame), frame.width - 1)
        for seed in range(splits):
            rows = split(frame, table, seed)
            for i, (name, score) in enumerate(contestants.items()):
                done = (number * splits + seed) * len(contestants) + i
                on_progress(done, f"{table.name}: {name}, split {seed + 1} of {splits}")
                began = time.perf_counter()
                result.scores.setdefault(name, []).append(score(table, rows, seed))
                result.seconds.setdefault(name, []).append(time.perf_counter() - began)
        found.append(result)
    return found, missing


def mean_ranks(results: Sequence[TableResult]) -> dict[str, float]:
    """The mean rank of each network over the tables."""
    return {name: statistics.fmean(one.ranks[name] for one in results) for name in RANKED}
