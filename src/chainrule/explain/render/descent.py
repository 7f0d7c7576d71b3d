"""What the forms share about an update: what it did to the output, and the table of repetitions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from chainrule.explain.derivation import Derivation
from chainrule.formula.numbers import NumberWriter, column_of

__all__ = ["DescentTable", "descent_columns", "descent_table", "outcome", "staying"]


class DescentTable(NamedTuple):
    """A row for each step; None where a step has no estimate."""

    headers: tuple[str, ...]
    rows: tuple[tuple[float | None, ...], ...]


def outcome(d: Derivation, number: NumberWriter) -> str:
    """The output before and after the update, and what its slopes promised; empty without one."""
    if len(d.descent) < 2:
        return ""
    before, after = d.descent[0], d.descent[1]
    assert after.estimate is not None
    new = number(after.value)
    if not math.isfinite(after.value):
        new = f"no finite number ({new})"
    return (
        f"{d.output} is {number(before.value)} before the update and {new} after it;"
        f" first-order estimate: {number(before.value)} - learning rate · sum of gradient²"
        f" = {number(after.estimate)}"
    )


def staying(names: Sequence[str], most: int = 8) -> str:
    """A sentence about the variables that the update leaves; empty if it leaves none."""
    if not names:
        return ""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    verb = "stays" if len(names) == 1 else "stay"
    return f"{', '.join(names[:most])}{more} {verb}: inputs and targets are given, not learnt"


def descent_table(d: Derivation, parameters: int | None = None) -> DescentTable | None:
    """The repeated update as a table, with the first `parameters` of them; None if made once.

    There is a row for the start and one for each step, as far as the output is finite.
    """
    if len(d.descent) < 3:
        return None
    headers = ("step", d.output, "estimate", *(u.name for u in d.updates[:parameters]))
    rows = tuple(
        (float(i), step.value, step.estimate, *step.parameters[:parameters])
        for i, step in enumerate(d.descent)
    )
    return DescentTable(headers, rows)


def descent_columns(
    table: DescentTable, column: Callable[[list[float]], list[str]]
) -> list[list[str]]:
    """The columns as text, each written in one style by `column`."""
    return [column_of(entries, column, lambda _: "") for entries in zip(*table.rows, strict=True)]
