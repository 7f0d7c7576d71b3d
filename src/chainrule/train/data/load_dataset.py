"""From a data source to a data set: read a table, check, split and encode it."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, Protocol

import numpy as np

from chainrule.errors import DataError, OptionError, RunError
from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.data.encoder import Encoder, Task
from chainrule.train.data.fit_encoder import Impute, fit_columns, fit_target, infer_task
from chainrule.train.data.preparation.answered_rows import answered_rows
from chainrule.train.data.preparation.chosen_columns import choose_columns
from chainrule.train.data.preparation.inference import infer
from chainrule.train.data.reading.reading_options import Reading, listed
from chainrule.train.data.reading.sources import read
from chainrule.train.data.splits import split_rows
from chainrule.train.data.table import Table, check_finite

__all__ = ["DataOptions", "load", "prepare", "reload"]


class DataOptions(Protocol):
    """Which data to learn from, and what to predict; the options of a run have all of it."""

    @property
    def source(self) -> str: ...
    @property
    def target(self) -> str | None: ...
    @property
    def task(self) -> Task | None: ...
    @property
    def impute(self) -> Impute | None: ...
    @property
    def drop(self) -> tuple[str, ...]: ...
    @property
    def require_target(self) -> bool: ...
    @property
    def text_columns(self) -> str | None: ...
    @property
    def categorical(self) -> tuple[str, ...]: ...
    @property
    def test_fraction(self) -> float: ...
    def validation_share(self, rows: int) -> float: ...
    @property
    def seed(self) -> int: ...


def load(options: DataOptions, *, dtype: Any = np.float64, memory: int | None = None) -> Dataset:
    """Read, check, split and encode the data that `options` name.

    Inputs, and the targets of regression, have `dtype`; `memory` is as in `read_file`. Raises
    `DataError` for data that cannot be used, `UnknownNameError` for a source or column that does
    not exist, and `OptionError` for options out of range.

    >>> from chainrule.train.options import RunOptions
    >>> digits = load(RunOptions("digits"))
    >>> digits.task, digits.rows, digits.inputs, digits.outputs
    ('classification', 1797, 64, 10)
    """
    reading = Reading.of(options)
    table = read(options.source, labels=options.target, memory=memory, reading=reading)
    return prepare(table, options, dtype=dtype)


def reload(
    options: DataOptions,
    encoder: Encoder,
    source_fingerprint: str,
    *,
    dtype: Any = np.float64,
    memory: int | None = None,
    reading: Reading | None = None,
) -> Dataset:
    """The data set that `load` returned when a run began, encoded with the encoder fitted then.

    The `reading` is the one that was inferred then.
    The encoder is not fitted again: on another machine its sums may differ in the last bit, and a
    resumed run must continue bit for bit. Raises `RunError` where the data have changed.
    """
    if reading is None:
        reading = Reading.of(options)
    reading = dataclasses.replace(reading, drop=options.drop)
    table = read(options.source, labels=options.target, memory=memory, reading=reading)
    plain = table.without_texts()
    # Quantities have no texts, nor has a run that began when labels were written as numbers.
    if encoder.target.task == "regression" or (
        plain.fingerprint == source_fingerprint and table.fingerprint != source_fingerprint
    ):
        table = plain
    if table.fingerprint != source_fingerprint:
        raise RunError(
            f"resume with {options.source}",
            expected=f"the data this run began with ({source_fingerprint[:12]}…)",
            got=f"different data ({table.fingerprint[:12]}…)",
            remedy="restore the file, or start a new run",
        )
    return prepare(table, options, encoder=encoder, dtype=dtype)


def prepare(
    table: Table,
    options: DataOptions,
    *,
    encoder: Encoder | None = None,
    dtype: Any = np.float64,
) -> Dataset:
    """Check, split and encode a table; with an `encoder`, nothing is fitted. Raises as `load`."""
    target = _target_column(table, options.target)
    dropped = set(listed(options.drop, table.columns, f"dropped column of {table.name}"))
    names = [name for name in table.columns if name != target and name not in dropped]
    if target in dropped or not names:
        raise OptionError(
            table.name,
            expected=f"columns to predict {target!r} from, and {target!r} itself",
            got="none left",
            remedy="drop fewer columns",
        )
    whole = table
    table, unanswered = answered_rows(table, target, options.require_target)
    answers = table.columns[target]
    check_finite(table, [target, *names])
    task = encoder.target.task if encoder else options.task or infer_task(answers)
    if task == "regression":
        whole, table = whole.without_texts(), table.without_texts()
        answers = table.columns[target]
    all_rows = np.arange(table.rows)
    coder = encoder.target if encoder else fit_target(answers, all_rows, task)
    left = table.rows - math.ceil(options.test_fraction * table.rows)
    split = split_rows(
        table.rows,
        labels=coder.encode(answers) if task == "classification" else None,
        classes=coder.classes,
        test_fraction=options.test_fraction,
        validation_fraction=options.validation_share(left),
        seed=options.seed,
        name=table.name,
    )
    if encoder is None:
        coder = fit_target(answers, split.train, task)
        chosen = choose_columns(table, names, split.train, options)
        columns = fit_columns(table, chosen.names, split.train, options.impute, chosen.texts)
        encoder = Encoder(columns, coder)
        left_out = chosen.left_out
    else:
        known = {column.name for column in encoder.columns}
        left_out = {name: "as in training" for name in names if name not in known}
    x, y = encoder.encode(table), coder.encode(answers)
    with np.errstate(over="ignore"):
        x = x.astype(dtype)
        y = y if task == "classification" else y.astype(dtype)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise DataError(
            table.name,
            expected=f"numbers that are finite as {np.dtype(dtype)} once standardised",
            got="a held-out value too far from those of the training rows",
            remedy="correct that value, or choose another seed",
        )
    train, validation, test = (
        Part(x[r], y[r]) for r in (split.train, split.validation, split.test)
    )
    inference = infer(
        table, encoder, unanswered=unanswered, left_out=left_out, rare=split.rare(coder.classes)
    )
    parts = train, validation, test
    return Dataset(table.name, *parts, encoder, lambda: whole.fingerprint, inference)


def _target_column(table: Table, name: str | None) -> str:
    name = table.target if name is None else name
    if name is None:
        columns = list(table.columns)
        raise OptionError(
            table.name,
            expected=f"a target column ({', '.join(columns[:12])}{', …' * (len(columns) > 12)})",
            got="none named",
            remedy=f"add --target {columns[-1]}",
        )
    return table.column(name, "target column").name
