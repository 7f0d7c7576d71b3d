"""Runs as something to explain: which argument is one, and which of its rows are meant."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.errors import OptionError

if TYPE_CHECKING:
    from chainrule.train.runs.trained_network import RecordedLoss

__all__ = ["is_run", "parse_rows", "recorded"]

MOST = 10_000
"""Rows in one range; a slip of the keyboard is no reason to run out of memory."""


def is_run(source: str, values: dict[str, Any]) -> bool:
    """Whether this is the path of a run folder, or meant as one, and not an expression.

    An expression such as `x/y` comes with values for its names.
    """
    if not source or "\0" in source:
        return False
    path = Path(source)
    try:
        inside = os.sep in source and bool(path.parent.name) and path.parent.is_dir()
        return (path / "config.toml").is_file() or (not values and (path.is_dir() or inside))
    except OSError:  # no path can be so long
        return False


def parse_rows(words: Iterable[str]) -> list[int]:
    """`["3", "10-12"]` as numbers of rows.

    >>> parse_rows(["3", "10-12"])
    [3, 10, 11, 12]
    """
    rows: list[int] = []
    for word in words:
        match = re.fullmatch(r"\s*(\d{1,12})(?:\s*-\s*(\d{1,12}))?\s*", word)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, -1)
        if not 0 <= last - first < MOST:
            raise OptionError(
                "sample",
                expected="the number of a row such as 3, or a range such as 0-31",
                got=repr(word),
                remedy="rows are counted from 0",
            )
        rows.extend(range(first, last + 1))
    return rows


def recorded(source: str, rows: Sequence[str], wrt: Sequence[str], values: Any) -> RecordedLoss:
    """The loss of some rows of a run, with what its gradient is asked for."""
    if values:
        raise OptionError(
            "value",
            expected="a run alone: its numbers are those it was trained to",
            got=f"values for {', '.join(values)}",
            remedy="leave them out",
        )
    chosen = parse_rows(rows)
    from chainrule.train.runs.trained_network import TrainedNetwork

    return TrainedNetwork.read(Path(source)).record(chosen, wrt)
