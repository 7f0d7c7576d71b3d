"""Tables that HTML, LaTeX and text render alike."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Entry", "Table"]

Entry = str | float | None
"""An entry of a table; renderers format the numbers."""


@dataclass(frozen=True)
class Table:
    """Rows under headers, with a sentence above; None marks an entry that does not exist."""

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Entry, ...], ...]
