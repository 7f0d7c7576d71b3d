"""The blocks of a report: paragraphs, tables, plots and derivations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from chainrule.explain import Explanation

__all__ = ["Block", "Entry", "Paragraph", "Plot", "Series", "Table", "sentences", "trimmed"]

Entry: TypeAlias = str | float | int | bool
"""An entry of a table; renderers format the numbers."""


@dataclass(frozen=True)
class Paragraph:
    """Sentences, which renderers wrap; `parts` are those about names, each with the names."""

    text: str
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Table:
    """Rows under headers, with a sentence above that describes them.

    `zeros` are the numbers in it that are 0 but for rounding.  Where `named` is true, each row is
    about the name in its first column.
    """

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Entry, ...], ...]
    zeros: frozenset[float] = frozenset()
    named: bool = False


@dataclass(frozen=True)
class Series:
    """The points of one curve, from left to right."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Plot:
    """Curves over common axes, both of which are logarithmic if `logarithmic` is true."""

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    logarithmic: bool = False

    @property
    def heading(self) -> str:
        """The title, with a note about logarithmic axes."""
        return f"{self.title} (both axes logarithmic)" if self.logarithmic else self.title


Block: TypeAlias = Paragraph | Table | Plot | Explanation


def sentences(*parts: tuple[str, str], before: str = "") -> Paragraph:
    """A paragraph of sentences about names: `("x y", "x and y have the same gradient.")`.

    >>> sentences(("x", "x falls."), ("y", "y rises."), before="What to see.").text
    'What to see. x falls. y rises.'
    """
    return Paragraph(" ".join(filter(None, [before, *(text for _, text in parts)])), parts)


def trimmed(block: Block, names: Sequence[str]) -> Block | None:
    """What a block says about these names; None if it says nothing about them.

    >>> trimmed(sentences(("x", "x falls."), ("y", "y rises.")), ["y"]).text
    'y rises.'
    """
    wanted = {name.replace(" ", "") for name in names}
    match block:
        case Paragraph(_, parts):
            kept = tuple((of, text) for of, text in parts if wanted.intersection(of.split()))
            return sentences(*kept) if kept else None
        case Table(rows=rows, named=True):
            found = tuple(row for row in rows if str(row[0]).replace(" ", "") in wanted)
            return replace(block, rows=found) if found else None
        case _:
            return None
