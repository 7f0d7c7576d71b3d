"""The blocks of a report: paragraphs, tables, plots and derivations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from chainrule.explain import Explanation

__all__ = ["Block", "Entry", "Paragraph", "Plot", "Series", "Table"]

Entry: TypeAlias = str | float | int | bool
"""An entry of a table; renderers format the numbers."""


@dataclass(frozen=True)
class Paragraph:
    """Sentences, which renderers wrap."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows under headers, with a sentence above that describes them.

    `zeros` are the numbers in it that are 0 but for rounding.
    """

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Entry, ...], ...]
    zeros: frozenset[float] = frozenset()


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
