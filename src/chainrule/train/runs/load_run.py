"""The trained model of a run, which predicts data frames."""

from __future__ import annotations

import os
from pathlib import Path

from chainrule.nn import Sequential
from chainrule.train.data.frames.answers import Answers
from chainrule.train.data.frames.trained_table import TrainedTable
from chainrule.train.runs.predictor import Predictor

__all__ = ["load_run"]


def load_run(path: str | os.PathLike[str]) -> Sequential:
    """The trained model of a run folder that `chainrule train` made.

    It predicts data frames with the columns of the training data: see `Layer.predict`.  Classes
    are texts, or numbers where all of them are numbers.

    Raises RunError where the run cannot be read.

    >>> from chainrule import load_run
    >>> load_run("runs/none")
    Traceback (most recent call last):
        ...
    chainrule.errors.RunError: runs/none: expected a run folder, with config.toml and \
model.safetensors in it, got no such folder; name a folder that `chainrule train` made
    """
    run = Predictor(Path(path))
    trained = TrainedTable.of(run.encoder, run.reading, Answers.of_texts(run.encoder.target))
    run.model.trained_table, run.model.trained_columns = trained, trained.columns
    return run.model
