"""What a report is made of: paragraphs, tables, plots, and derivations beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from chainrule.explain import Explanation

__all__ = ["Block", "Entry", "Paragraph", "Plot", "Series", "Table"]

Entry: TypeAlias = str | float | int | bool
"""What stands in a table; renderers write the numbers."""


@dataclass(frozen=True)
class Paragraph:
    """Some sentences, to be wrapped."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows under headers, with a sentence above that says what they are."""

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Entry, ...], ...]


@dataclass(frozen=True)
class Series:
    """Points of one curve, left to right."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Plot:
    """Curves over common axes; `logarithmic` says that both axes count factors, not differences."""

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    logarithmic: bool = False

    @property
    def heading(self) -> str:
        """The title, and what must be known of the axes."""
        return f"{self.title} (both axes logarithmic)" if self.logarithmic else self.title


Block: TypeAlias = Paragraph | Table | Plot | Explanation
