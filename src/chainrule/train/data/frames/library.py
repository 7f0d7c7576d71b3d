"""Which library an object is a data frame, or a column, of."""

from __future__ import annotations

import sys
from typing import Any, Literal

import numpy as np

from chainrule.errors import DataError
from chainrule.nn.trees import is_tree

__all__ = ["Library", "is_column", "is_table", "library_of", "pandas"]

Library = Literal["pandas", "polars"]


def library_of(x: Any) -> Library | None:
    """The library of a data frame; None for anything else.

    Raises `DataError` for a lazy frame, which has no rows yet.

    >>> import polars as pl
    >>> library_of(pl.DataFrame({"a": [1]})), library_of([1])
    ('polars', None)
    """
    if _is(x, "polars", "LazyFrame"):
        raise DataError(
            "data frame", expected="one with rows", got="a LazyFrame", remedy="call .collect()"
        )
    found: Library | None = "pandas" if _is(x, "pandas", "DataFrame") else None
    return "polars" if _is(x, "polars", "DataFrame") else found


def is_column(x: Any) -> bool:
    """Whether an object is a Series of either library."""
    return _is(x, "pandas", "Series") or _is(x, "polars", "Series")


def is_table(data: Any) -> bool:
    """Whether data are a data frame, or a pair of one and a column of answers."""
    if library_of(data) is not None:
        return True
    if not isinstance(data, (tuple, list)) or len(data) != 2 or library_of(data[0]) is None:
        return False
    answers = data[1]
    if library_of(answers) is not None:
        return answers.shape[1] == 1
    if is_tree(answers):
        return False
    try:
        return np.shape(answers)[1:] in ((), (1,))
    except ValueError:  # rows of several lengths, which `with_answers` refuses
        return True


def pandas() -> Any:
    """The module of pandas, which has been imported where there is a frame of its."""
    return sys.modules["pandas"]


def _is(x: Any, library: Library, kind: str) -> bool:
    known = getattr(sys.modules.get(library), kind, None)
    return isinstance(known, type) and isinstance(x, known)
