"""What was inferred about the data, as the lines that a command prints before training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from chainrule.train.data.reading.facts import ColumnFacts

__all__ = ["inference_lines"]

MOST_LISTED = 8
"""The most columns, or classes, that are listed one by one."""

PLURAL = {
    "number": "numbers",
    "category": "categories",
    "boolean": "booleans",
    "date": "dates",
    "text": "texts",
}


class Embedded(Protocol):
    """What is said about a category that is embedded; see `Inference`."""

    @property
    def levels(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def others(self) -> int: ...


class Inferred(Protocol):
    """What is said about data; see `Inference`."""

    @property
    def name(self) -> str: ...
    @property
    def rows(self) -> int: ...
    @property
    def unanswered(self) -> int: ...
    @property
    def target(self) -> str: ...
    @property
    def task(self) -> str: ...
    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def inputs(self) -> int: ...
    @property
    def kinds(self) -> Mapping[str, int]: ...
    @property
    def columns(self) -> tuple[ColumnFacts, ...]: ...
    @property
    def filled(self) -> Mapping[str, str]: ...
    @property
    def left_out(self) -> Mapping[str, str]: ...
    @property
    def rare(self) -> Mapping[str, int]: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def hints(self) -> tuple[str, ...]: ...
    @property
    def embedded(self) -> Mapping[str, Embedded]: ...


def inference_lines(found: Inferred) -> list[str]:
    """The lines: kinds and inputs first, then what else a reader may not have expected."""
    kinds = ", ".join(_counted(count, kind) for kind, count in found.kinds.items())
    inputs = f"{found.inputs:,} input{'s' * (found.inputs != 1)}"
    first = f"{found.name}: {found.rows:,} rows; {kinds} → {inputs}; to predict {_answer(found)}"
    return [first, *_details(found)]


def _counted(count: int, kind: str) -> str:
    return f"{count:,} {kind if count == 1 else PLURAL[kind]}"


def _answer(found: Inferred) -> str:
    if found.task == "regression":
        return f"the numbers of `{found.target}`"
    few = len(found.classes) <= MOST_LISTED
    names = f" ({', '.join(found.classes)})" if few else ""
    return f"the {len(found.classes)} classes of `{found.target}`{names}"


def _details(found: Inferred) -> Iterator[str]:
    yield from found.notes
    if found.unanswered:
        s = "s" * (found.unanswered != 1)
        yield f"{found.unanswered:,} row{s} left out: no answer in `{found.target}`"
    yield from _some([line for c in found.columns if (line := _missing(c, found))], "missing cells")
    embedded = [_embedded(name, one) for name, one in found.embedded.items()]
    yield from _some(embedded, "categories embedded")
    written = [c for c in found.columns if c.peculiar]
    yield from _some([f"`{c.name}` is written with {_with(c)}" for c in written], "forms")
    reasons = [f"`{name}` left out: {reason}" for name, reason in found.left_out.items()]
    yield from _some(reasons, "columns left out")
    if found.rare:
        listed = [f"{name} ({count})" for name, count in list(found.rare.items())[:MOST_LISTED]]
        more = f" and {len(found.rare) - MOST_LISTED} more" * (len(found.rare) > MOST_LISTED)
        yield f"classes of too few rows to be tested, only trained with: {', '.join(listed)}{more}"
    yield from _some(list(found.hints), "such columns")


def _embedded(name: str, one: Embedded) -> str:
    s = "s" * (one.width != 1)
    levels = f"{one.levels:,} level{'s' * (one.levels != 1)}"
    said = f"`{name}`: {levels}, embedded in {one.width} number{s}"
    if not one.others:
        return said
    return f"{said}; {one.others:,} more, in one training row or none, share a vector"


def _some(lines: list[str], what: str) -> list[str]:
    """The first lines, and how many more there are."""
    more = len(lines) - MOST_LISTED
    return [*lines[:MOST_LISTED], *[f"{more} more: {what}"] * (more > 0)]


def _missing(column: ColumnFacts, found: Inferred) -> str:
    if not column.missing or column.name == found.target:
        return ""
    cells = f"{column.missing:,} cell{'s' * (column.missing != 1)}"
    marks = f": {' '.join(column.marks)}" if column.marks else ""
    filled = found.filled.get(column.name)
    return f"{cells} of `{column.name}` read as missing{marks}" + (
        f"; filled with {filled}" if filled else ""
    )


def _with(column: ColumnFacts) -> str:
    return (
        f"the {column.kind} format {column.peculiar[0]}"
        if column.kind == "date"
        else ", ".join(column.peculiar)
    )
