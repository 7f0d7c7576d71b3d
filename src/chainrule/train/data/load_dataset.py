"""From a data source to a data set: read a table, check, split and encode it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from chainrule.errors import DataError, OptionError
from chainrule.graph import Array
from chainrule.train.data.dataset import Dataset, Part, check_unchanged
from chainrule.train.data.division.dividing_columns import (
    DivisionOptions,
    divided,
    dividing_columns,
)
from chainrule.train.data.division.held_out_file import HeldOutFile, read_held_out
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.encoding.fit_encoder import Impute, fit_columns, fit_target, infer_task
from chainrule.train.data.encoding.target_coder import TargetCoder, Task
from chainrule.train.data.preparation.answered_rows import answered_rows
from chainrule.train.data.preparation.chosen_columns import choose_columns
from chainrule.train.data.preparation.inference import infer
from chainrule.train.data.reading.reading_options import Reading, listed
from chainrule.train.data.reading.sources import read
from chainrule.train.data.splits import Split
from chainrule.train.data.table import Table, check_finite, digest

__all__ = ["DataOptions", "Preparation", "load", "prepare", "read_source", "reload"]


class Preparation(DivisionOptions, Protocol):
    """What to predict from a table, and how; the options of a run and of `fit` have all of it."""

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


class DataOptions(Preparation, Protocol):
    """Which data to learn from besides; the options of a run have all of it."""

    @property
    def source(self) -> str: ...


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
    # The table has no name here: it is let go while it is encoded.
    return prepare(read_source(options, memory), options, dtype=dtype, memory=memory, release=True)


def read_source(
    options: DataOptions, memory: int | None = None, reading: Reading | None = None
) -> Table:
    """Read the table that `options` name, in the way they say, or as `reading` says."""
    if reading is None:
        reading = Reading.of(options)
    else:
        reading = dataclasses.replace(reading, drop=options.drop)
    return read(options.source, labels=options.target, memory=memory, reading=reading)


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
    table = read_source(options, memory, reading)
    plain = table.without_texts()
    # Quantities have no texts, nor has a run that began when labels were written as numbers.
    if encoder.target.task == "regression" or (
        plain.fingerprint == source_fingerprint and table.fingerprint != source_fingerprint
    ):
        table = plain
    if options.test is None:
        check_unchanged(_files(options), table.fingerprint, source_fingerprint)
    dataset = prepare(table, options, encoder=encoder, dtype=dtype, memory=memory)
    if options.test is not None:
        check_unchanged(_files(options), dataset.source_fingerprint, source_fingerprint)
    return dataset


def _files(options: DataOptions) -> str:
    return options.source if options.test is None else f"{options.source} and {options.test}"


def prepare(
    table: Table,
    options: Preparation,
    *,
    encoder: Encoder | None = None,
    dtype: Any = np.float64,
    fold: int | None = None,
    memory: int | None = None,
    release: bool = False,
) -> Dataset:
    """Check, split and encode a table; with an `encoder`, nothing is fitted. Raises as `load`.

    With the number of a `fold`, from 0, its rows are the test rows.  With `release`, the table has
    its columns no longer, and takes less memory.
    """
    target = _target_column(table, options.target)
    dividing = dividing_columns(table, target, options)
    dropped = {*listed(options.drop, table.columns, f"dropped column of {table.name}")}
    dropped |= {*dividing.left_out}
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
    labels = coder.encode(answers) if task == "classification" else None
    split = dividing.division.split(table.rows, labels, coder.classes, fold)
    if encoder is None:
        coder = fit_target(answers, split.train, task)
        chosen = choose_columns(table, names, split.train, options)
        columns = fit_columns(table, chosen.names, split.train, options.impute, chosen.texts)
        encoder = Encoder(columns, coder)
        left_out = chosen.left_out
    else:
        known = {column.name for column in encoder.columns}
        left_out = {name: "as in training" for name in names if name not in known}
    encoder.check(table)
    left_out = {**dividing.left_out, **left_out}
    inference = infer(
        table, encoder, unanswered=unanswered, left_out=left_out, rare=split.rare(coder.classes)
    )
    source = whole.fingerprint if release else whole
    del whole
    moments = table.columns[options.time] if options.time is not None else None
    y = coder.encode(answers)
    rows = {"training": split.train, "validation": split.validation, "test": split.test}
    if release:
        encoded = encoder.encode_parts(table, [*rows.values()], dtype)
    else:  # each part by itself: the whole would be in memory twice
        encoded = [encoder.encode(table, dtype, part) for part in rows.values()]
    train, validation, test = (
        _cast(table.name, x, y[part], dtype) for x, part in zip(encoded, rows.values(), strict=True)
    )
    del encoded
    notes = [
        divided(dividing.division, rows, moments),
        _untrained(table.name, labels, split, coder),
    ]
    fingerprint = _Fingerprint(source)
    if options.test is not None:
        held_out = _held_out(table, options, encoder, left_out, memory)
        test = _cast(held_out.table.name, held_out.x, held_out.y, dtype)
        parts_here = f"{len(train):,} rows here are trained with"
        if len(validation):
            parts_here += f", {len(validation):,} validate"
        notes += [f"{held_out.notes[0]}; {parts_here}", *held_out.notes[1:]]
        fingerprint = _Fingerprint(source, held_out.table)
    inference = dataclasses.replace(inference, notes=(*filter(None, notes), *inference.notes))
    return Dataset(table.name, train, validation, test, encoder, fingerprint, inference)


def _cast(name: str, x: Array, y: Array, dtype: Any) -> Part:
    """Encoded rows in this dtype; DataError for numbers that are not finite in it."""
    with np.errstate(over="ignore"):
        x = x.astype(dtype, copy=False)
        y = y if y.dtype.kind == "i" else y.astype(dtype, copy=False)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise DataError(
            name,
            expected=f"numbers that are finite as {np.dtype(dtype)} once standardised",
            got="a held-out value too far from those of the training rows",
            remedy="correct that value, or choose another seed",
        )
    return Part(x, y)


class _Fingerprint:
    """The fingerprint of tables, which are kept in memory no longer than until it is known.

    That of some may be known already.
    """

    def __init__(self, *tables: Table | str) -> None:
        self._tables = tables
        self._found = ""

    def __call__(self) -> str:
        if self._tables:
            each = [one if isinstance(one, str) else one.fingerprint for one in self._tables]
            self._found = each[0] if len(each) == 1 else digest([one.encode() for one in each])
            self._tables = ()
        return self._found


def _held_out(
    table: Table,
    options: Preparation,
    encoder: Encoder,
    left_out: Mapping[str, str],
    memory: int | None,
) -> HeldOutFile:
    """The rows of the test file; columns that are no inputs need not be in it."""
    assert options.test is not None, "there is a file"
    reading = table.facts.reading if table.facts is not None else None
    ignored = reading.ignored if reading is not None else ()
    named = [name for name in (options.group, options.time) if name is not None]
    return read_held_out(
        options.test,
        encoder,
        reading,
        known={*left_out, *ignored, *named},
        group=None if options.group is None else table.columns[options.group],
        drop=options.drop,
        require_target=options.require_target,
        memory=memory,
    )


def _untrained(name: str, labels: Array | None, split: Split, coder: TargetCoder) -> str:
    """Which classes no training row has, in words; DataError if training rows have only one."""
    if labels is None:
        return ""
    found = np.bincount(labels[split.train], minlength=len(coder.classes))
    if np.count_nonzero(found) < 2:
        raise DataError(
            name,
            expected="training rows of two classes or more",
            got=f"only {coder.classes[int(found.argmax())]!r} once rows are held out",
            remedy="hold out fewer rows, or divide them in another way",
        )
    counts = np.bincount(labels, minlength=len(coder.classes))
    lost = [
        f"{coder.classes[i]} ({counts[i]})" for i in np.flatnonzero((found == 0) & (counts > 0))
    ]
    more = f" and {len(lost) - 8} more" * (len(lost) > 8)
    return f"no training row is of class {', '.join(lost[:8])}{more}" if lost else ""


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
