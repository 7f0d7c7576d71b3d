"""From a data source to a data set: read a table, check, split and encode it."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from chainrule.errors import DataError, OptionError, RunError
from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.data.encoder import Encoder, Task
from chainrule.train.data.fit_encoder import Impute, fit_columns, fit_target, infer_task
from chainrule.train.data.reading.sources import read
from chainrule.train.data.splits import split_rows
from chainrule.train.data.table import Table, check_complete, check_finite

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
    def test_fraction(self) -> float: ...
    @property
    def validation_fraction(self) -> float: ...
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
    table = read(options.source, labels=options.target, memory=memory)
    return prepare(table, options, dtype=dtype)


def reload(
    options: DataOptions,
    encoder: Encoder,
    source_fingerprint: str,
    *,
    dtype: Any = np.float64,
    memory: int | None = None,
) -> Dataset:
    """The data set that `load` returned when a run began, encoded with the encoder fitted then.

    The encoder is not fitted again: on another machine its sums may differ in the last bit, and a
    resumed run must continue bit for bit. Raises `RunError` where the data have changed.
    """
    texts = encoder.text  # which are read as such whatever a later version would take them for
    table = read(options.source, text=texts, labels=options.target, memory=memory)
    if encoder.target.task == "classification" and table.fingerprint != source_fingerprint:
        texts = (*texts, encoder.target.name)
        as_text = read(options.source, text=texts, labels=options.target, memory=memory)
        table = as_text if as_text.fingerprint == source_fingerprint else table
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
    dropped = set(options.drop)
    for name in options.drop:
        table.column(name, "dropped column")
    names = [name for name in table.columns if name != target and name not in dropped]
    if target in dropped or not names:
        raise OptionError(
            table.name,
            expected=f"columns to predict {target!r} from, and {target!r} itself",
            got="none left",
            remedy="drop fewer columns",
        )
    answers = table.columns[target]
    if answers.missing.all():
        raise DataError(
            f"target column {target!r}",
            expected="values",
            got="none in any row",
            remedy="fill the column in, or choose another target",
        )
    check_complete(table, [target], "remove these rows: answers are never imputed")
    check_finite(table, [target, *names])
    if options.impute is None:
        check_complete(table, names, "fill them in, remove them, or use --impute mean")
    task = encoder.target.task if encoder else options.task or infer_task(answers)
    if task == "regression":
        table = table.without_texts()
        answers = table.columns[target]
    all_rows = np.arange(table.rows)
    coder = encoder.target if encoder else fit_target(answers, all_rows, task)
    split = split_rows(
        table.rows,
        labels=coder.encode(answers) if task == "classification" else None,
        classes=coder.classes,
        test_fraction=options.test_fraction,
        validation_fraction=options.validation_fraction,
        seed=options.seed,
        name=table.name,
    )
    if encoder is None:
        coder = fit_target(answers, split.train, task)
        encoder = Encoder(fit_columns(table, names, split.train, options.impute), coder)
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
    used = {target, *names}
    notes = tuple(f"column {name!r} {note}" for name, note in table.notes.items() if name in used)
    return Dataset(table.name, train, validation, test, encoder, lambda: table.fingerprint, notes)


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
