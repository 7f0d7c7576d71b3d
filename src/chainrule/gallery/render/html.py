"""Reports as HTML: a complete page, or a section for a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from chainrule.explain import Explanation
from chainrule.explain.render.html.document import document
from chainrule.explain.render.html.fragment import html as fragment
from chainrule.explain.render.html.notation import Notation
from chainrule.explain.render.html.page import stepping_section
from chainrule.gallery.blocks import Block, Entry, Paragraph, Plot, Table
from chainrule.gallery.render.axes import Axes
from chainrule.gallery.render.text import entry
from chainrule.gallery.report_data import ReportData

__all__ = ["html", "page"]

WIDTH, HEIGHT = 480, 240
LEFT, TOP, RIGHT, BOTTOM = 68, 36, 176, 28

DASHES = ("none", "8 4", "2 3", "12 3 2 3", "5 2", "1 5")
"""One pattern for each curve, so that curves differ without colour."""


def html(report: ReportData) -> str:
    """Write a section with a heading and every block below it."""
    title = escape(report.heading)
    blocks = "\n".join(_block(block, report.digits) for block in report.blocks)
    return f'<section class="chainrule-report">\n<h2>{title}</h2>\n{blocks}\n</section>'


def page(report: ReportData) -> str:
    """Write a complete page; see `document`."""
    steps, script_data = stepping_section(report.main.derivation, report.main.digits)

    def block_html(block: Block) -> str:
        if block is report.main:
            return steps
        if isinstance(block, Explanation):
            return fragment(block.derivation, block.digits, style=False)
        return _block(block, report.digits)

    body = "\n".join(map(block_html, report.blocks))
    own = report.own_title
    return document(own or report.name, "" if own else report.title, body, script_data)


def _block(block: Block, digits: int) -> str:
    """Write one block of a section, which has no style sheet."""
    match block:
        case Paragraph(text):
            return f"<p>{escape(text)}</p>"
        case Table():
            return "\n".join(_table(block, digits))
        case Plot():
            return "\n".join(_plot(block))
        case Explanation():
            return fragment(block.derivation, block.digits)


def _table(table: Table, digits: int) -> Iterator[str]:
    notation = Notation(digits)
    yield f'<div class="wide" tabindex="0"><table>\n<caption>{escape(table.caption)}</caption>'
    kinds = [
        "" if any(isinstance(value, str) for value in column) else ' class="number"'
        for column in zip(*table.rows, strict=True)
    ] or [""] * len(table.headers)
    heads = "".join(
        f'<th scope="col"{kind}>{escape(head)}</th>'
        for head, kind in zip(table.headers, kinds, strict=True)
    )
    yield f"<thead><tr>{heads}</tr></thead>\n<tbody>"
    for row in table.rows:
        cells = "".join(
            f"<td{kind}>{_cell(value, notation)}</td>"
            for value, kind in zip(row, kinds, strict=True)
        )
        yield f"<tr>{cells}</tr>"
    yield "</tbody>\n</table></div>"


def _cell(value: Entry, notation: Notation) -> str:
    if isinstance(value, bool | str):
        return escape(entry(value, notation.write))
    return notation.number(value)


def _plot(plot: Plot) -> Iterator[str]:
    axes = Axes(plot)
    width, height = LEFT + WIDTH + RIGHT, TOP + HEIGHT + BOTTOM
    names = ", ".join(one.name for one in plot.series)
    label = escape(f"{plot.y_label} over {plot.x_label}: {names}")
    yield f'<figure class="wide" tabindex="0">\n<figcaption>{escape(plot.heading)}</figcaption>'
    yield (
        f'<svg class="plot" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' font-size="12" role="img" aria-label="{label}">'
    )
    yield (
        f'<rect x="{LEFT}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}"'
        ' fill="none" stroke="currentColor"/>'
    )
    for i, one in enumerate(plot.series):
        points = [axes.position(x, y) for x, y in zip(one.x, one.y, strict=True)]
        path = " ".join(
            f"{LEFT + across * WIDTH:.1f},{TOP + (1 - up) * HEIGHT:.1f}" for across, up in points
        )
        dashes = DASHES[i % len(DASHES)]
        stroke = f'class="curve" fill="none" stroke="currentColor" stroke-dasharray="{dashes}"'
        yield f'<polyline points="{path}" {stroke}/>'
        x, y = LEFT + WIDTH + 12, TOP + 20 * i + 6
        yield f'<line x1="{x}" x2="{x + 36}" y1="{y}" y2="{y}" {stroke}/>'
        yield _label(x + 44, y + 4, one.name)
    bottom = TOP + HEIGHT + 18
    yield _label(LEFT, bottom, f"{axes.x[0]:.3g}")
    yield _label(LEFT + WIDTH, bottom, f"{axes.x[1]:.3g}", "end")
    yield _label(LEFT + WIDTH / 2, bottom, plot.x_label, "middle")
    yield _label(LEFT - 6, TOP + HEIGHT, f"{axes.y[0]:.3g}", "end")
    yield _label(LEFT - 6, TOP + 8, f"{axes.y[1]:.3g}", "end")
    yield _label(LEFT, TOP - 12, plot.y_label)
    yield "</svg>\n</figure>"


def _label(x: float, y: float, text: str, anchor: str = "start") -> str:
    position = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
    return f'<text {position} fill="currentColor">{escape(text)}</text>'
