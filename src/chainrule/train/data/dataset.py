"""Data sets ready for training: read, checked, split, encoded and fingerprinted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any, final

import numpy as np

from chainrule.errors import DataError, OptionError, RunError, UnknownNameError
from chainrule.graph import Array
from chainrule.train.data.encoding import Encoder, Task
from chainrule.train.data.fit_encoder import Impute, fit_columns, fit_target, infer_task
from chainrule.train.data.sources import read
from chainrule.train.data.splits import split_rows
from chainrule.train.data.table import Table, check_complete, check_finite, digest

__all__ = ["DataSettings", "Dataset", "Part", "load", "prepare", "reload"]


@final
@dataclass(frozen=True)
class DataSettings:
    """What is to be learnt from which data: all that `load` needs, writable to TOML.

    `task` None is inferred (see `infer_task`), `impute` None refuses missing values, `drop` names
    columns to leave out.
    """

    source: str
    target: str | None = None
    task: Task | None = None
    impute: Impute | None = None
    drop: tuple[str, ...] = ()
    test_fraction: float = 0.2
    validation_fraction: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        _choice("task", self.task, ("classification", "regression"))
        _choice("impute", self.impute, ("mean", "most-frequent"))

    def to_dict(self) -> dict[str, Any]:
        """As entries for TOML, which has no None."""
        return {k: v for k, v in asdict(self).items() if v is not None}

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> DataSettings:
        """The inverse of `to_dict`; `RunError` for entries it does not know."""
        known = {field.name for field in fields(cls)}
        if not {"source"} <= set(entries) <= known:
            raise RunError(
                "data settings",
                expected=f"entries among {', '.join(sorted(known))}",
                got=", ".join(sorted(entries)) or "none",
                remedy="train again",
            )
        values: dict[str, Any] = dict(entries)
        return cls(**{**values, "drop": tuple(values.get("drop", ()))})


@final
@dataclass(frozen=True, eq=False)
class Part:
    """Inputs `(n, D)` and targets: class indices int64 `(n,)`, or numbers `(n, outputs)`."""

    x: Array
    y: Array

    def __len__(self) -> int:
        return len(self.x)


@final
@dataclass(frozen=True, eq=False)
class Dataset:
    """Three encoded parts, the encoder that made them, and fingerprints of both ends.

    `source_fingerprint` is of the table before encoding, `fingerprint` of the arrays after it.
    """

    name: str
    train: Part
    validation: Part
    test: Part
    encoder: Encoder
    source_fingerprint: str

    @property
    def task(self) -> Task:
        """Classification or regression."""
        return self.encoder.target.task

    @property
    def inputs(self) -> int:
        """D, the width of an input row."""
        return self.train.x.shape[1]

    @property
    def outputs(self) -> int:
        """How many outputs a model needs: the number of classes, or of numbers predicted."""
        return self.encoder.target.outputs

    @property
    def rows(self) -> int:
        """Rows of all three parts together."""
        return len(self.train) + len(self.validation) + len(self.test)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the encoded arrays."""
        parts = (self.train, self.validation, self.test)
        return digest([array for part in parts for array in (part.x, part.y)])


def load(settings: DataSettings, *, dtype: Any = np.float64) -> Dataset:
    """Read, check, split and encode what `settings` name.

    Inputs, and targets of regression, have `dtype`. Raises `DataError` for data that cannot be
    used, `UnknownNameError` for a source or column that is not there, `OptionError` for settings
    out of range.

    >>> digits = load(DataSettings("digits"))
    >>> digits.task, digits.rows, digits.inputs, digits.outputs
    ('classification', 1797, 64, 10)
    """
    return prepare(read(settings.source), settings, dtype=dtype)


def reload(
    settings: DataSettings, encoder: Encoder, source_fingerprint: str, *, dtype: Any = np.float64
) -> Dataset:
    """What `load` gave when a run began, with the encoder of that time.

    The encoder is not fitted again: its sums could come out a bit differently on another machine,
    and a resumed run must continue bit for bit. Raises `RunError` where the data have changed.
    """
    table = read(settings.source)
    if table.fingerprint != source_fingerprint:
        raise RunError(
            f"resume with {settings.source}",
            expected=f"the data this run began with ({source_fingerprint[:12]}…)",
            got=f"different data ({table.fingerprint[:12]}…)",
            remedy="restore the file, or start a new run",
        )
    return prepare(table, settings, encoder=encoder, dtype=dtype)


def prepare(
    table: Table,
    settings: DataSettings,
    *,
    encoder: Encoder | None = None,
    dtype: Any = np.float64,
) -> Dataset:
    """Check, split and encode a table; with an `encoder`, nothing is fitted. Raises as `load`."""
    target = _target(table, settings.target)
    dropped = set(settings.drop)
    for name in settings.drop:
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
    if settings.impute is None:
        check_complete(table, names, "fill them in, remove them, or use --impute mean")
    task = encoder.target.task if encoder else settings.task or infer_task(answers)
    everything = np.arange(table.rows)
    coder = encoder.target if encoder else fit_target(answers, everything, task)
    split = split_rows(
        table.rows,
        labels=coder.encode(answers) if task == "classification" else None,
        classes=coder.classes,
        test_fraction=settings.test_fraction,
        validation_fraction=settings.validation_fraction,
        seed=settings.seed,
        name=table.name,
    )
    if encoder is None:
        coder = fit_target(answers, split.train, task)
        encoder = Encoder(fit_columns(table, names, split.train, settings.impute), coder)
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
    return Dataset(table.name, train, validation, test, encoder, table.fingerprint)


def _target(table: Table, name: str | None) -> str:
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


def _choice(option: str, value: str | None, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        raise UnknownNameError(option, value, choices)
