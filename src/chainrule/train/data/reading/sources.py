"""Data sources: a table by the name of a scikit-learn data set, or by the path of a file."""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection
from pathlib import Path

from chainrule.errors import DataError, UnknownNameError
from chainrule.train.data.reading.read_file import SUFFIXES, read_file
from chainrule.train.data.reading.reading_options import Reading
from chainrule.train.data.reading.sklearn_datasets import DATA_SETS, load_sklearn
from chainrule.train.data.table import Table

__all__ = ["read"]


def read(
    source: str | os.PathLike[str],
    *,
    text: Collection[str] = (),
    wanted: Collection[str] | None = None,
    memory: int | None = None,
    labels: str | None = None,
    reading: Reading | None = None,
) -> Table:
    """Read the table called `source`: one of `DATA_SETS`, or else a path to a CSV or Parquet file.

    `text` names columns of a CSV file that are text even where they look like numbers, and `labels`
    the one whose values may be labels, to be shown as they are written; `wanted`, `memory` and
    `reading` are as in `read_file`.
    Raises `UnknownNameError` for a name that is neither a data set nor a path, and `DataError` for
    a file that does not exist or cannot be read.

    >>> read("iris").rows
    150
    >>> read("iris").columns["target"].levels
    ('setosa', 'versicolor', 'virginica')
    """
    name = os.fspath(source)
    if name in DATA_SETS:
        return load_sklearn(name)
    path = Path(name)
    if os.path.isfile(path):  # unlike `Path.is_file`, false for a name that is too long
        return read_file(
            path, text=text, wanted=wanted, memory=memory, labels=labels, reading=reading
        )
    if os.path.isdir(path):
        raise DataError(
            name, expected="a CSV or Parquet file", got="a folder", remedy="name a file in it"
        )
    if os.path.exists(path):
        raise DataError(
            name,
            expected="a CSV or Parquet file",
            got="a pipe or a device",
            remedy="write what comes from it into a file",
        )
    # A bare word was meant to name a data set, anything else a file.
    if path.suffix.lower() not in SUFFIXES and path.parent == Path():
        raise UnknownNameError("data set (or a CSV or Parquet file)", name, DATA_SETS)
    raise DataError(name, expected="a file", got="no file of that name", remedy=_nearby(path))


def _nearby(path: Path) -> str:
    """The remedy for a path that does not exist, with similar names in its folder."""
    if not os.path.isdir(path.parent):
        return f"there is no folder {str(path.parent)!r}"
    try:
        siblings = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        siblings = []
    near = difflib.get_close_matches(path.name, siblings, n=3)
    if near:
        return f"did you mean {' or '.join(str(path.parent / name) for name in near)}?"
    return f"check the path, or take one of {', '.join(DATA_SETS)}"
