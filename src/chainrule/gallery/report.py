"""Reports: what working an example gives, in the same forms as an explanation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from chainrule.explain import Explanation
from chainrule.gallery.blocks import Block

__all__ = ["Report"]


@final
@dataclass(frozen=True, repr=False)
class Report:
    """An example worked: sentences, tables and plots around one derivation, the main one.

    Converts as an `Explanation` does.  Its JSON is the main derivation's, so every example answers
    to the same contract, with what else is told under "report".

    >>> from chainrule import gallery
    >>> report = gallery.get("add-multiply").work({"x": 1})
    >>> report
    <report add-multiply: f = -24>
    >>> report.to_dict()["gradients"]["z"]
    6.0
    """

    name: str
    title: str
    blocks: tuple[Block, ...]
    main: Explanation
    digits: int = 6

    def __str__(self) -> str:
        from chainrule.gallery.render.text import text

        return text(self)

    def __repr__(self) -> str:
        d = self.main.derivation
        return f"<report {self.name}: {d.output} = {d.value:g}>"

    def to_json(self) -> str:
        """One JSON object, with full float64 digits."""
        from chainrule.gallery.render.json import json

        return json(self)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form as Python objects."""
        from chainrule.gallery.render.json import data

        return data(self)

    def to_latex(self, document: bool = True) -> str:
        """LaTeX that needs nothing but amsmath; a complete document, or a fragment to include."""
        from chainrule.gallery.render.latex import latex

        return latex(self, document=document)

    def to_html(self) -> str:
        """A complete page that asks for nothing; the main derivation is walked through."""
        from chainrule.gallery.render.html import page

        return page(self)

    def to_svg(self, edges: str | None = None) -> str:
        """A drawing of the main derivation; `edges` are those of `Explanation.to_svg`."""
        return self.main.to_svg(edges, f"{self.name}: {self.title}")

    def _repr_html_(self) -> str:
        from chainrule.gallery.render.html import html

        return html(self)
