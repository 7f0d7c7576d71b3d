"""Series of several kinds, as files."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.domains.series.domain import DOMAIN
from chainrule.domains.series.options import SeriesOptions
from chainrule.train.runs.training_run import TrainingRun

FIRST = datetime.date(2020, 1, 1)


def seasonal(rows: int = 360, seed: int = 0) -> np.ndarray:
    t = np.arange(rows)
    noise = np.random.default_rng(seed).normal(0, 0.5, rows)
    return 20 + 0.01 * t + 4 * np.sin(2 * np.pi * t / 12) + noise


def walk(rows: int = 600, seed: int = 0) -> np.ndarray:
    return 100 + np.cumsum(np.random.default_rng(seed).normal(size=rows))


def dates(rows: int) -> list[str]:
    return [str(FIRST + datetime.timedelta(i)) for i in range(rows)]


def write(path: Path, **columns: Any) -> str:
    lines = [",".join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    path.write_text("\n".join([",".join(columns), *lines]) + "\n")
    return str(path)


def trained(source: str, path: Path, **given: Any) -> TrainingRun[SeriesOptions]:
    """A run that has been trained, and is closed."""
    with TrainingRun.start(SeriesOptions(source=source, **given), path, domain=DOMAIN) as run:
        run.train()
    return run
