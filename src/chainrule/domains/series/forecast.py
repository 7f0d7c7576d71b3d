"""Forecasts in Python, with a run that `chainrule train` made."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.domains.series.domain import DOMAIN
from chainrule.domains.trained import Predicted, Trained
from chainrule.errors import DataError, OptionError
from chainrule.train.data.frames.library import is_table
from chainrule.train.data.frames.polars_frame import polars_frame
from chainrule.train.data.frames.read_frame import read_frame
from chainrule.train.data.table import Column, Table
from chainrule.train.runs.tables.table_domain import reading_of

__all__ = ["forecast"]


def forecast(run: Any, data: Any = None, *, horizon: int | None = None) -> Predicted:
    """What follows a series, as `chainrule predict RUN FILE --horizon N` says it.

    `run` is the path of a run folder, or a run.  `data` is the path of a file, a data frame, a
    dict of columns, or the values of the target alone (n,), as long as a window or longer; by
    default the file that the run has learnt from.  `horizon` is the steps to forecast, by default
    those of the training.  The result has `columns`: the step or the time, `forecast`, `low` and
    `high`, and `iterated`, which is true beyond the trained horizon; and `notes` and `figures`.

    Raises RunError where the run cannot be read, DataError for data that cannot be used, and
    OptionError for a horizon out of range.

    >>> import chainrule as cr
    >>> cr.forecast("runs/none", [1.0, 2.0])
    Traceback (most recent call last):
        ...
    chainrule.errors.RunError: runs/none: expected a run folder, with config.toml and \
model.safetensors in it, got no such folder; name a folder that `chainrule train` made
    """
    trained = Trained.read(_path(run), DOMAIN)
    if data is None or isinstance(data, (str, os.PathLike)):
        return DOMAIN.predict(trained, None if data is None else Path(data), horizon=horizon)
    table, where = _table(trained, data), "data"
    return DOMAIN.predict_table(trained, table, where, horizon)


def _path(run: Any) -> Path:
    """The folder of a run: given as such, or by a run."""
    folder = getattr(run, "folder", run)
    path = getattr(folder, "path", folder)
    if not isinstance(path, (str, os.PathLike)):
        raise OptionError("run", expected="a run, or the path of its folder", got=repr(run)[:60])
    return Path(path)


def _table(trained: Trained[Any, Any], data: Any) -> Table:
    reading = reading_of(trained.folder.config)
    if isinstance(data, Mapping):
        import polars as pl

        return read_frame(polars_frame(pl.DataFrame(dict(data))), reading)
    if is_table(data):
        return read_frame(polars_frame(data), reading)
    values = np.asarray(data)
    if values.ndim != 1 or values.dtype.kind not in "fiub" or not len(values):
        raise DataError(
            "data",
            expected="values (n,) of the target, a data frame or a path",
            got=f"{type(data).__name__} of shape {values.shape}",
        )
    coder, options = trained.coder, trained.options
    if coder.inputs or coder.known or options.series is not None:
        raise DataError(
            "data",
            expected=f"columns {', '.join((coder.target, *coder.inputs, *coder.known))}",
            got="values of the target alone",
            remedy="give a data frame",
        )
    column = Column(coder.target, "number", values.astype(np.float64))
    return Table("data", {coder.target: column})
