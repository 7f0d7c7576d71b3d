"""What `chainrule train FILE --target NAME` and `chainrule predict` reach."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from chainrule.bench.tables.read_table import Rows
from chainrule.bench.tables.table_list import BenchTable
from chainrule.graph import Array
from chainrule.train.loop.metrics import accuracy, r2
from chainrule.train.options import RunOptions
from chainrule.train.runs.predictor import Predictor
from chainrule.train.runs.training_run import TrainingRun

__all__ = ["OURS", "train_and_score"]

OURS = "chainrule"


def train_and_score(table: BenchTable, rows: Rows, seed: int) -> float:
    """The accuracy or R² on the test rows of a run on the training rows, both as CSV files.

    The run has no options but the target and its task, and holds no rows out for a test of its own;
    it validates with training rows.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows.train.write_csv(folder / "train.csv")
        rows.test.write_csv(folder / "test.csv")
        options = RunOptions(
            source=str(folder / "train.csv"),
            target=table.target,
            task=table.task,
            test_fraction=0.0,
            seed=seed,
        )
        with TrainingRun.start(options, folder / "run") as run:
            run.train()
        predicted = Predictor(folder / "run").predict(folder / "test.csv").values
    answers = rows.test[table.target]
    if table.task == "regression":
        return r2(answers.to_numpy()[:, None], np.array(predicted)[:, None])
    return accuracy(answers.cast(pl.String).to_numpy(), _as_written(predicted, answers))


def _as_written(labels: list[str], answers: pl.Series) -> Array:
    """Class names as the texts of the answers: a file may write a number in another way."""
    known = {name.strip(): name for name in answers.cast(pl.String).unique()}
    return np.array([known.get(label.strip(), label) for label in labels], object)
