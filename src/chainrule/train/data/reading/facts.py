"""What was inferred about a table, to be said before training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

from chainrule.train.data.reading.reading_options import Reading

__all__ = ["ColumnFacts", "TableFacts"]


@final
@dataclass(frozen=True)
class ColumnFacts:
    """One column: its kind, how its cells are written, and the marks of its missing values."""

    name: str
    kind: str
    peculiar: tuple[str, ...] = ()
    missing: int = 0
    marks: Mapping[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Entries for JSON, without those that say nothing."""
        entries: dict[str, Any] = {"kind": self.kind}
        if self.peculiar:
            entries["written"] = list(self.peculiar)
        if self.missing:
            entries["missing"] = self.missing
        if self.marks:
            entries["marks"] = dict(self.marks)
        return entries


@final
@dataclass(frozen=True)
class TableFacts:
    """All columns of a table, notes on the file, and how to read files like it in the same way."""

    columns: tuple[ColumnFacts, ...] = ()
    notes: tuple[str, ...] = ()
    reading: Reading | None = None
