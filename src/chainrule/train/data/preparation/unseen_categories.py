"""What is said of categories in new rows that no training row had."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.table import Table

__all__ = ["unseen_note", "unseen_notes"]

MOST_LISTED = 6


def unseen_note(
    column: str, labels: Sequence[str], rows: int, of: int, *, embedded: bool = False
) -> str:
    """The sentence for the categories of one column, which stand in some of the rows.

    Of an embedded column, categories of a single training row count as unseen.

    >>> unseen_note("city", ["Ulm", "Bonn"], 3, 1200)
    "column 'city' has values no training row had in 3 of 1,200 rows, taken as none of the known \
ones: Ulm, Bonn"
    """
    more = ", …" * (len(labels) > MOST_LISTED)
    seen, taken = "no", "taken as none of the known ones"
    if embedded:
        seen, taken = "that at most one", "which share a vector"
    return (
        f"column {column!r} has values {seen} training row had in {rows:,} of {of:,} rows, {taken}:"
        f" {', '.join(labels[:MOST_LISTED])}{more}"
    )


def unseen_notes(encoder: Encoder, table: Table) -> list[str]:
    """A sentence for each column of the table that has such categories."""
    rows = encoder.unseen_rows(table)
    embedded = encoder.embedded
    return [
        unseen_note(column, labels, rows[column], table.rows, embedded=column in embedded)
        for column, labels in encoder.unseen(table).items()
    ]
