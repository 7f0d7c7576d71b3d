"""Parsers of arguments about runs: whether SOURCE is a run folder, and the rows of `--sample`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from chainrule.errors import OptionError

__all__ = ["is_run", "parse_rows"]

LARGEST_RANGE = 10_000
"""The most rows in one range, so that a typing error does not exhaust the memory."""


def is_run(source: str, values: dict[str, Any]) -> bool:
    """Whether `source` is, or looks like, the path of a run folder rather than an expression.

    `x/y` could be either: it is taken for an expression if there are `values` for its names.
    """
    if not source or "\0" in source:
        return False
    path = Path(source)
    try:
        inside = os.sep in source and bool(path.parent.name) and path.parent.is_dir()
        return (path / "config.toml").is_file() or (not values and (path.is_dir() or inside))
    except OSError:  # too long for a path
        return False


def parse_rows(words: Iterable[str]) -> list[int]:
    """Parse row numbers and ranges of them.  Raises OptionError for anything else.

    >>> parse_rows(["3", "10-12"])
    [3, 10, 11, 12]
    """
    rows: list[int] = []
    for word in words:
        match = re.fullmatch(r"\s*(\d{1,12})(?:\s*-\s*(\d{1,12}))?\s*", word)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, -1)
        if not 0 <= last - first < LARGEST_RANGE:
            raise OptionError(
                "sample",
                expected="the number of a row such as 3, or a range such as 0-31",
                got=repr(word),
                remedy="rows are counted from 0",
            )
        rows.extend(range(first, last + 1))
    return rows
