"""Which columns of a table are inputs: not those without values, nor free text unless asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, final

import numpy as np

from chainrule.errors import DataError
from chainrule.graph import Array
from chainrule.train.data.encoding.fit_encoder import is_free_text
from chainrule.train.data.reading.problems import Problem, refuse
from chainrule.train.data.reading.reading_options import listed
from chainrule.train.data.table import Table

__all__ = ["ChosenColumns", "choose_columns"]


class TextOptions(Protocol):
    """What is asked for about texts."""

    @property
    def categorical(self) -> tuple[str, ...]: ...
    @property
    def text_columns(self) -> str | None: ...


@final
@dataclass(frozen=True)
class ChosenColumns:
    """The names of the inputs, those among them that are free text, and why others are none."""

    names: list[str]
    texts: set[str]
    left_out: Mapping[str, str]


def choose_columns(
    table: Table, names: list[str], rows: Array, options: TextOptions
) -> ChosenColumns:
    """Choose from the columns `names`, by the training `rows`; DataError if none is left."""
    wanted = set(listed(options.categorical, table.columns, None))
    chosen, texts, left_out = list[str](), set[str](), dict[str, str]()
    for name in names:
        column = table.columns[name]
        if column.missing[rows].all():
            left_out[name] = "no values"
        elif name not in wanted and is_free_text(column, rows):
            if options.text_columns:
                chosen.append(name)
                texts.add(name)
            else:
                distinct = len(np.unique(column.values[rows]))
                left_out[name] = f"free text, {distinct} different ones in {len(rows)} rows"
        else:
            chosen.append(name)
    if not chosen:
        raise _none_left(table, left_out)
    return ChosenColumns(chosen, texts, left_out)


def _none_left(table: Table, left_out: Mapping[str, str]) -> DataError:
    got = ", ".join(f"{name!r} ({reason})" for name, reason in left_out.items())
    texts = [name for name, reason in left_out.items() if reason.startswith("free text")]
    expected = "columns of numbers, dates or categories that recur"
    if not texts:
        return DataError(table.name, expected=expected, got=f"only {got}", remedy="add columns")
    return refuse(table.name, [Problem(expected, f"only {got}", ("--text-columns", "hashed"))])
