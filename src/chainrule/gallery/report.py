"""Reports: the result of working an example, in the same forms as an explanation.

Each renderer is imported when its form is asked for, since all of them together take longer to load
than the gallery itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from chainrule.gallery.report_data import ReportData

__all__ = ["Report"]


@final
@dataclass(frozen=True, repr=False)
class Report(ReportData):
    """A worked example: sentences, tables and plots around one derivation, the main one.

    Converts to the same forms as an `Explanation`.  Its JSON has the keys of the main derivation,
    the same for every example, and all other blocks under "report".

    >>> from chainrule import gallery
    >>> report = gallery.get("add-multiply").work({"x": 1})
    >>> report
    <report add-multiply: f = -24>
    >>> report.to_dict()["gradients"]["z"]
    6.0
    """

    def __str__(self) -> str:
        from chainrule.gallery.render.text import text

        return text(self)

    def __repr__(self) -> str:
        d = self.main.derivation
        return f"<report {self.name}: {d.output} = {d.value:g}>"

    def to_json(self) -> str:
        """One JSON object, with all digits of float64."""
        from chainrule.gallery.render.json import json

        return json(self)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form as Python objects."""
        from chainrule.gallery.render.json import data

        return data(self)

    def to_latex(self, document: bool = True) -> str:
        """LaTeX that needs no package but amsmath: a document, or a fragment to include."""
        from chainrule.gallery.render.latex import latex

        return latex(self, document=document)

    def to_html(self) -> str:
        """A complete page that loads nothing; it goes through the main derivation step by step."""
        from chainrule.gallery.render.html import page

        return page(self)

    def to_svg(self, edges: str | None = None) -> str:
        """A drawing of the main derivation; `edges` as in `Explanation.to_svg`."""
        return self.main.to_svg(edges, self.heading)

    def _repr_html_(self) -> str:
        from chainrule.gallery.render.html import html

        return html(self)
