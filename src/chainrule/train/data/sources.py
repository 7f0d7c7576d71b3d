"""Where a table comes from: a data set that ships with scikit-learn, a file, or arrays."""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.errors import DataError, UnknownNameError
from chainrule.train.data.table import Column, Table
from chainrule.train.data.table_files import SUFFIXES, read_file

__all__ = ["DATA_SETS", "read"]

DATA_SETS = ("digits", "iris", "wine", "breast-cancer", "diabetes")


def read(source: str | os.PathLike[str], *, text: Collection[str] = ()) -> Table:
    """The table called `source`: one of `DATA_SETS`, or else a path to a CSV or Parquet file.

    The shipped sets have their answers in column `target`, diabetes in its original units.
    `text` names columns of a CSV file that are text even where they look like numbers.
    Raises `UnknownNameError` for a name that is neither, `DataError` for a file that is not there
    or cannot be read.

    >>> read("iris").rows
    150
    >>> read("iris").columns["target"].levels
    ('setosa', 'versicolor', 'virginica')
    """
    name = os.fspath(source)
    if name in DATA_SETS:
        return _shipped(name)
    path = Path(name)
    if path.is_file():
        return read_file(path, text=text)
    if path.is_dir():
        raise DataError(
            name, expected="a CSV or Parquet file", got="a folder", remedy="name a file in it"
        )
    # A bare word was meant as a data set, anything else as a file.
    if path.suffix.lower() not in SUFFIXES and path.parent == Path():
        raise UnknownNameError("data set (or a CSV or Parquet file)", name, DATA_SETS)
    raise DataError(name, expected="a file", got="no file of that name", remedy=_nearby(path))


def _nearby(path: Path) -> str:
    if not path.parent.is_dir():
        return f"there is no folder {str(path.parent)!r}"
    try:
        siblings = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        siblings = []
    near = difflib.get_close_matches(path.name, siblings, n=3)
    if near:
        return f"did you mean {' or '.join(str(path.parent / name) for name in near)}?"
    return f"check the path, or take one of {', '.join(DATA_SETS)}"


def _shipped(name: str) -> Table:
    from sklearn import datasets

    if name == "diabetes":
        # Unscaled: scikit-learn's own scaling has seen all rows, those held out for tests too.
        bunch: Any = datasets.load_diabetes(scaled=False)
    else:
        bunch = getattr(datasets, f"load_{name.replace('-', '_')}")()
    group = "pixel" if name == "digits" else ""
    columns = {
        str(label): Column(str(label), "number", np.asarray(values, np.float64), group=group)
        for label, values in zip(bunch.feature_names, np.asarray(bunch.data).T, strict=True)
    }
    if name == "diabetes":
        columns["target"] = Column("target", "number", np.asarray(bunch.target, np.float64))
    else:
        levels = tuple(str(level) for level in bunch.target_names)
        columns["target"] = Column("target", "category", bunch.target.astype(np.int64), levels)
    return Table(name, columns, target="target")
