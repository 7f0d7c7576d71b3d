"""Reports as JSON: the keys of the main derivation, and the other blocks under `report`."""

from __future__ import annotations

from typing import Any

from chainrule.explain import Explanation
from chainrule.explain.render.json.encode import encode
from chainrule.gallery.blocks import Block, Paragraph, Plot, Table
from chainrule.gallery.report_data import ReportData

__all__ = ["data", "json"]


def json(report: ReportData) -> str:
    """The report as one JSON object; see `data` for its form."""
    return encode(data(report))


def data(report: ReportData) -> dict[str, Any]:
    """The keys of a derivation, with `example`, `title` and `report`: blocks with a `kind`."""
    return {
        **report.main.to_dict(),
        "example": report.name,
        "title": report.title,
        "report": [_block(block) for block in report.blocks if block is not report.main],
    }


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph(text):
            return {"kind": "paragraph", "text": text}
        case Table(caption, headers, rows):
            return {
                "kind": "table",
                "caption": caption,
                "headers": list(headers),
                "rows": [list(row) for row in rows],
            }
        case Plot(title, x_label, y_label, series, logarithmic):
            return {
                "kind": "plot",
                "title": title,
                "x_label": x_label,
                "y_label": y_label,
                "logarithmic": logarithmic,
                "series": [
                    {"name": one.name, "x": list(one.x), "y": list(one.y)} for one in series
                ],
            }
        case Explanation():
            return {"kind": "derivation", **block.to_dict()}
