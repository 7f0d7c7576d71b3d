"""A file of rows to be tested with, read as the training data were."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import final

from chainrule.errors import DataError
from chainrule.graph import Array
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.encoding.target_coder import TargetCoder
from chainrule.train.data.preparation.answered_rows import answered_rows
from chainrule.train.data.preparation.known_kinds import with_known_kinds
from chainrule.train.data.preparation.unseen_categories import unseen_notes
from chainrule.train.data.reading.reading_options import AS_BEFORE, Reading, listed
from chainrule.train.data.reading.sources import read
from chainrule.train.data.table import Column, Table

__all__ = ["HeldOutFile", "held_out_rows", "read_held_out"]

MOST_NOTES = 6
"""The most columns that are noted one by one."""


@final
@dataclass(frozen=True, eq=False)
class HeldOutFile:
    """The rows of a file that have an answer, encoded, and what is to be said about them."""

    table: Table
    x: Array
    y: Array
    notes: tuple[str, ...]


def read_held_out(
    source: str,
    encoder: Encoder,
    reading: Reading | None,
    *,
    known: Collection[str] = (),
    group: Column | None = None,
    drop: tuple[str, ...] = (),
    require_target: bool = False,
    memory: int | None = None,
) -> HeldOutFile:
    """Read the test rows in `source` in the way that the training rows were read and encoded.

    Columns are found by their names; of others, those that are `known` from the training data are
    not worth a note.  Raises DataError for a file that cannot be read, lacks a column or the
    answers, or has a class that the training data do not have, or groups that they do have in the
    column `group`.
    """
    target = encoder.target
    wanted = {target.name, *(column.name for column in encoder.columns)}
    if group is not None:
        wanted.add(group.name)
    reading = with_known_kinds(reading or AS_BEFORE, encoder)
    if target.task == "regression":
        reading = dataclasses.replace(reading, numeric=(*reading.numeric, target.name))
    table = read(
        source,
        text=encoder.text,
        wanted=wanted,
        memory=memory,
        labels=target.name if target.task == "classification" else None,
        reading=reading,
    )
    name = Path(source).name
    return held_out_rows(
        name, table, encoder, known=known, group=group, drop=drop, require_target=require_target
    )


def held_out_rows(
    name: str,
    table: Table,
    encoder: Encoder,
    *,
    known: Collection[str] = (),
    group: Column | None = None,
    drop: tuple[str, ...] = (),
    require_target: bool = False,
) -> HeldOutFile:
    """The same of a table that has been read so; errors call it `name`."""
    target = encoder.target
    _check_columns(name, table, encoder)
    if group is not None and group.name in table.columns:
        _check_groups(name, table.columns[group.name], group)
    whole, unanswered = answered_rows(table, target.name, require_target)
    if target.task == "regression":
        whole = whole.without_texts()
    _check_classes(name, whole, target)
    x, y = encoder.encode(whole), encoder.encode_target(whole)
    s = "s" * (whole.rows != 1)
    notes = [f"the test rows are the {whole.rows:,} row{s} of `{name}`"]
    if unanswered:
        s = "s" * (unanswered != 1)
        notes.append(f"{unanswered:,} test row{s} left out: no answer in `{target.name}`")
    notes += [f"in the test rows, {note}" for note in unseen_notes(encoder, whole)[:MOST_NOTES]]
    dropped = {*listed(drop, encoder.unknown(table), None)}
    unknown = [name for name in encoder.unknown(table) if name not in {*known, *dropped}]
    if unknown:
        few = ", ".join(f"`{name}`" for name in unknown[:MOST_NOTES])
        notes.append(
            f"ignored in the test rows, since the training data have no such column: {few}"
            + ", …" * (len(unknown) > MOST_NOTES)
        )
    return HeldOutFile(table, x, y, tuple(notes))


def _check_columns(name: str, table: Table, encoder: Encoder) -> None:
    """Raise one DataError for all columns that the file lacks."""
    wanted = [*(column.name for column in encoder.columns), encoder.target.name]
    absent = [repr(column) for column in wanted if column not in table.columns]
    if absent:
        more = f" and {len(absent) - 12} more" * (len(absent) > 12)
        raise DataError(
            name,
            expected=f"the columns of the training data, and the answers in {wanted[-1]!r}",
            got=f"none called {', '.join(absent[:12])}{more}",
            remedy="add them, or name them as in the training data",
        )


def _check_groups(name: str, found: Column, trained: Column) -> None:
    """Raise DataError for rows of groups that are trained with."""
    known = set(trained.distinct())
    rows = [i for i, label in enumerate(found.labels()) if label in known]
    if rows:
        raise DataError(
            name,
            expected=f"groups in {found.name!r} that no training row is of",
            got=f"{found.labels()[rows[0]]!r} in row {rows[0] + 1}"
            f" ({len(rows)} such row{'s' * (len(rows) > 1)})",
            remedy="take these rows out of one of the files, or leave --group out",
        )


def _check_classes(name: str, table: Table, target: TargetCoder) -> None:
    """Raise DataError for answers of classes that the training data do not have."""
    if target.task == "regression":
        return
    column = table.columns[target.name]
    index = target.indices(column)
    strange = [label for label in column.distinct() if label not in index]
    if strange:
        row = next(i for i, label in enumerate(column.labels()) if label == strange[0])
        raise DataError(
            name,
            expected=f"the classes of the training data in column {target.name!r}"
            f" ({', '.join(target.classes[:12])}{', …' * (len(target.classes) > 12)})",
            got=f"{', '.join(map(repr, strange[:6]))}, first in row {row + 1}",
            remedy="correct these rows, or leave them out",
        )
