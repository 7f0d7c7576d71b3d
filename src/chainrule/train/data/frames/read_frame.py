"""A data frame as a table, by the inference that files go through."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from chainrule.train.data.frames.polars_frame import NAME, PolarsFrame
from chainrule.train.data.reading.frame import Frame
from chainrule.train.data.reading.index_column import without_index
from chainrule.train.data.reading.problems import Problem, refuse
from chainrule.train.data.reading.reading_options import Reading, listed
from chainrule.train.data.reading.table_of_frame import table_of, with_decimal_mark
from chainrule.train.data.table import Table

__all__ = ["read_frame"]


def read_frame(
    frame: PolarsFrame,
    reading: Reading,
    *,
    text: Collection[str] = (),
    labels: str | None = None,
) -> Table:
    """The frame as a table; `text`, `labels` and what is raised are as in `read_file`.

    Columns of a type keep it; texts stand for numbers, dates or missing values as those of a text
    file do.
    """
    if copies := _copies(frame, labels, reading):
        raise refuse(NAME, copies)
    read = Frame.of(frame.data, free=True, notes=frame.notes)
    read = read if reading.plain else without_index(read)
    read = with_decimal_mark(read, reading, text, labels)
    table = table_of(read, NAME, reading, where=NAME, text=text, labels=labels)
    more = tuple(name for name in frame.names if name not in frame.data.columns)
    return dataclasses.replace(table, left_out=(*table.left_out, *more))


def _copies(frame: PolarsFrame, labels: str | None, reading: Reading) -> list[Problem]:
    """Columns of the same name as the answers, from which these may not be predicted."""
    dropped = listed(reading.drop, frame.names, None)
    return [
        Problem(f"one column called {labels!r}", f"another, called {name!r} here", ("--drop", name))
        for name, label in frame.labels.items()
        if labels in frame.labels and name not in (labels, *dropped) and str(label) == labels
    ]
