"""The content of a report as data, which the renderers read."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.explain import Explanation
from chainrule.gallery.blocks import Block

__all__ = ["ReportData"]


@dataclass(frozen=True, repr=False)
class ReportData:
    """A titled sequence of blocks, one of which is the main derivation."""

    name: str
    title: str
    blocks: tuple[Block, ...]
    main: Explanation
    digits: int = 6
    own_title: str | None = None

    @property
    def heading(self) -> str:
        """The title above the report: the reader's own, or that of the example."""
        return f"{self.name}: {self.title}" if self.own_title is None else self.own_title
