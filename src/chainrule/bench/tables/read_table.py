"""A table of the bench as a data frame, and its splits into training and test rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import polars as pl

from chainrule.bench.tables.table_list import BenchTable, package_folder
from chainrule.train.data.reading.sources import read
from chainrule.train.data.splits import split_rows

__all__ = ["TEST_FRACTION", "Rows", "read_table", "split"]

TEST_FRACTION = 0.25

MISSING = ["NA", ""]


@final
@dataclass(frozen=True)
class Rows:
    """The rows of one split: those to learn from, and those to be tested with."""

    train: pl.DataFrame
    test: pl.DataFrame


def read_table(table: BenchTable) -> pl.DataFrame | None:
    """The rows with an answer and the columns that are not left out; None without the package.

    Texts of numbers only are numbers, and everything else is text.
    """
    folder = package_folder(table.package)
    if folder is None:
        return None
    if table.package == "sklearn":
        frame = _of_sklearn(table)
    elif table.file.endswith(".json"):
        frame = pl.read_json(folder / table.file, infer_schema_length=None)
    else:
        frame = pl.read_csv(
            folder / table.file,
            separator=table.separator,
            quote_char=table.quote,
            null_values=MISSING,
            infer_schema_length=None,
        )
    return frame.drop(table.drop).drop_nulls(table.target)


def _of_sklearn(table: BenchTable) -> pl.DataFrame:
    found = read(table.file)
    columns: dict[str, Any] = {
        name: column.labels() if name == found.target else column.values
        for name, column in found.columns.items()
    }
    answers = columns.pop(str(found.target))
    if table.task == "regression":
        answers = [float(answer) for answer in answers]
    return pl.DataFrame({**columns, table.target: answers})


def split(frame: pl.DataFrame, table: BenchTable, seed: int) -> Rows:
    """The split of this seed, a quarter for the test; every class keeps its share."""
    labels = None
    if table.task == "classification":
        labels = np.unique(frame[table.target].cast(pl.String).to_numpy(), return_inverse=True)[1]
    drawn = split_rows(
        len(frame),
        labels=labels,
        test_fraction=TEST_FRACTION,
        validation_fraction=0,
        seed=seed,
        name=table.name,
    )
    return Rows(frame[drawn.train.tolist()], frame[drawn.test.tolist()])
