"""How good a network of a domain is: tables to print, sentences, and entries for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

__all__ = ["Judged", "ReportTable"]


@final
@dataclass(frozen=True)
class ReportTable:
    """A table of a report, as texts; the columns in `left` are aligned at the left."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    left: tuple[str, ...] = ()


@final
@dataclass(frozen=True, eq=False)
class Judged:
    """A judgement: see `Judgement`.

    tables   what is printed
    notes    sentences below, such as that the network does not beat a baseline
    entries  the same for programs
    """

    tables: tuple[ReportTable, ...]
    notes: tuple[str, ...] = ()
    entries: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def to_dict(self) -> dict[str, Any]:
        """See `Judgement.to_dict`."""
        return dict(self.entries)
