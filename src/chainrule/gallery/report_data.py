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
