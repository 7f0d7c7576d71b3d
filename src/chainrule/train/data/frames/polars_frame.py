"""A data frame of either library as one of Polars, whose columns have names of their own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, final

import numpy as np

from chainrule.errors import DataError
from chainrule.train.data.frames.column_values import polars_column
from chainrule.train.data.frames.library import is_column, library_of
from chainrule.train.data.labels import check_plain
from chainrule.train.data.reading.text.header import distinct_names

if TYPE_CHECKING:
    import polars as pl

__all__ = ["NAME", "PolarsFrame", "entries", "polars_frame", "with_answers"]

NAME = "data frame"
"""What errors and reports call a frame."""


@final
@dataclass(frozen=True, eq=False)
class PolarsFrame:
    """The columns as Polars has them, where each came from, and what there is to say about them.

    originals   the columns as they were given, by name; those that were not asked for are not here
    labels      what each column is called in its frame, by name: a number, say
    names       the names of all columns
    """

    data: pl.DataFrame
    originals: dict[str, Any]
    labels: dict[str, Any]
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def polars_frame(frame: Any, wanted: Collection[str] | None = None) -> PolarsFrame:
    """The frame, or its columns called `wanted`.

    Names are texts, 0 as "0"; repeated ones are made distinct, and the index is no column. Raises
    `DataError` for names of several levels.
    """
    import polars as pl

    if library_of(frame) == "polars":
        names = frame.columns
        chosen = [name for name in names if wanted is None or name in wanted]
        columns = {name: frame[name] for name in chosen}
        labels = dict(zip(chosen, chosen, strict=True))
        return PolarsFrame(frame.select(chosen), columns, labels, tuple(names))
    if frame.columns.nlevels > 1:
        raise DataError(
            NAME,
            expected="one name for each column",
            got=f"names of {frame.columns.nlevels} levels, such as {tuple(frame.columns[0])}"
            if len(frame.columns)
            else f"names of {frame.columns.nlevels} levels",
            remedy="join them: frame.columns = ['_'.join(map(str, c)) for c in frame.columns]",
        )
    plain = [_name(label, i) for i, label in enumerate(frame.columns, 1)]
    names = distinct_names(plain)
    renamed = [f"`{new}`" for new, old in zip(names, plain, strict=True) if new != old]
    notes = [f"repeated names made distinct: {', '.join(renamed[:6])}"] if renamed else []
    levels = [str(name) for name in frame.index.names if name is not None]
    if levels:
        listed = ", ".join(f"`{name}`" for name in levels)
        notes.append(f"the index {listed} is no input; frame.reset_index() makes it a column")
    chosen = [i for i, name in enumerate(names) if wanted is None or name in wanted]
    originals = {names[i]: frame.iloc[:, i] for i in chosen}
    labels = {names[i]: frame.columns[i] for i in chosen}
    data = pl.DataFrame([polars_column(name, column) for name, column in originals.items()])
    return PolarsFrame(data, originals, labels, tuple(names), tuple(notes))


def with_answers(frame: PolarsFrame, inputs: Any, answers: Any) -> tuple[PolarsFrame, str]:
    """The frame with the column of answers that was given beside it, and the name of that column.

    Raises `DataError` for another number of rows, for rows in another order, and for answers that
    are among the inputs.
    """
    if library_of(answers) is not None:
        only = polars_frame(answers)
        (name,) = only.names
        answers, label = only.originals[name], only.labels[name]
    else:
        label = getattr(answers, "name", None) if is_column(answers) else None
        label = "y" if label is None or label == "" else label
        name = str(label)
        check_plain(NAME, "answers", answers)
        if not np.ndim(answers):
            raise DataError(
                NAME,
                expected="answers for its rows, (n,)",
                got=repr(answers)[:40],
                remedy="write fit(model, (frame, answers)), or name the target",
            )
        if not is_column(answers):
            answers = np.asarray(answers).reshape(-1) if np.ndim(answers) > 1 else answers
    column = polars_column(name, answers)
    if name in frame.names and column.equals(frame.data[name]):
        raise DataError(
            NAME,
            expected="inputs without the answers",
            got=f"{name!r} in both",
            remedy=f"leave it out of the inputs, or write fit(model, frame, target={name!r})",
        )
    if len(answers) != frame.data.height:
        raise DataError(
            NAME,
            expected=f"an answer for each of {frame.data.height} rows",
            got=f"{len(answers)}",
            remedy="bring one answer for each row of inputs",
        )
    _check_order(inputs, answers)
    if name in frame.names:  # computed from a column, whose name it kept
        name = label = distinct_names([*frame.names, "y"])[-1]
    column = column.alias(name)
    whole = replace(
        frame,
        data=frame.data.with_columns(column),
        originals={**frame.originals, name: answers},
        labels={**frame.labels, name: label},
        names=(*frame.names, name),
    )
    return whole, name


def _check_order(inputs: Any, answers: Any) -> None:
    """Raise DataError if the rows of two things of pandas have the same names in another order."""
    rows, others = getattr(inputs, "index", None), getattr(answers, "index", None)
    if rows is None or others is None or callable(rows) or callable(others):
        return
    if rows.equals(others) or not (rows.is_unique and rows.isin(others).all()):
        return
    raise DataError(
        NAME,
        expected="answers in the order of the rows",
        got="the same index in another order",
        remedy="bring them into it: answers.loc[frame.index]",
    )


def _name(label: Any, place: int) -> str:
    missing = label is None or label == "" or label != label
    return f"column_{place}" if missing else str(label)


def entries(column: Any, rows: Sequence[int]) -> list[Any]:
    """The entries of a column, as it was given, in these rows."""
    if hasattr(column, "iloc"):
        return column.iloc[list(rows)].tolist()
    if is_column(column):
        return column[list(rows)].to_list()
    if isinstance(column, np.ndarray):
        return column[list(rows)].tolist()
    return [column[row] for row in rows]
