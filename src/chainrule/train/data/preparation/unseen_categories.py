"""What is said of categories in new rows that no training row had."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.train.data.encoder import Encoder
from chainrule.train.data.table import Table

__all__ = ["unseen_note", "unseen_notes"]

MOST_LISTED = 6


def unseen_note(column: str, labels: Sequence[str], rows: int, of: int) -> str:
    """The sentence for the categories of one column, which stand in some of the rows.

    >>> unseen_note("city", ["Ulm", "Bonn"], 3, 1200)
    "column 'city' has values no training row had in 3 of 1,200 rows, taken as none of the known \
ones: Ulm, Bonn"
    """
    more = ", …" * (len(labels) > MOST_LISTED)
    return (
        f"column {column!r} has values no training row had in {rows:,} of {of:,} rows, taken as"
        f" none of the known ones: {', '.join(labels[:MOST_LISTED])}{more}"
    )


def unseen_notes(encoder: Encoder, table: Table) -> list[str]:
    """A sentence for each column of the table that has such categories."""
    rows = encoder.unseen_rows(table)
    return [
        unseen_note(column, labels, rows[column], table.rows)
        for column, labels in encoder.unseen(table).items()
    ]
