"""Reports as HTML: a complete page, or a section for a notebook."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.explain import Explanation
from chainrule.explain.render.html.document import document
from chainrule.explain.render.html.escaping import escape
from chainrule.explain.render.html.fragment import html as fragment
from chainrule.explain.render.html.notation import Notation
from chainrule.explain.render.html.page import stepping_section
from chainrule.explain.render.wording import with_minus_signs
from chainrule.formula.numbers import column_of
from chainrule.gallery.blocks import Block, Paragraph, Plot, Table
from chainrule.gallery.render.axes import Axes
from chainrule.gallery.render.text import word
from chainrule.gallery.report_data import ReportData

__all__ = ["html", "page"]

WIDTH, HEIGHT = 480, 240
LEFT, TOP, RIGHT, BOTTOM = 68, 36, 12, 28

DASHES = ("none", "8 4", "2 3", "12 3 2 3", "5 2", "1 5")
"""One pattern for each curve, so that curves differ without colour."""


def html(report: ReportData) -> str:
    """Write a section with a heading and every block below it."""
    title = escape(report.heading)
    notation = _notation(report)
    blocks = "\n".join(_block(block, notation) for block in report.blocks)
    return f'<section class="chainrule-report">\n<h2>{title}</h2>\n{blocks}\n</section>'


def page(report: ReportData) -> str:
    """Write a complete page; see `document`."""
    steps, script_data = stepping_section(report.main.derivation, report.main.numbers)
    notation = _notation(report)

    def block_html(block: Block) -> str:
        if block is report.main:
            return steps
        if isinstance(block, Explanation):
            return fragment(block.derivation, block.numbers, style=False)
        return _block(block, notation)

    body = "\n".join(map(block_html, report.blocks))
    own = report.own_title
    return document(own or report.name, "" if own else report.title, body, script_data)


def _notation(report: ReportData) -> Notation:
    return Notation(report.main.derivation.writer(report.main.numbers))


def _block(block: Block, notation: Notation) -> str:
    """Write one block of a section, which has no style sheet."""
    match block:
        case Paragraph(text):
            return f"<p>{escape(with_minus_signs(text))}</p>"
        case Table():
            return "\n".join(_table(block, notation))
        case Plot():
            return "\n".join(_plot(block, notation))
        case Explanation():
            return fragment(block.derivation, block.numbers)


def _table(table: Table, notation: Notation) -> Iterator[str]:
    caption = escape(with_minus_signs(table.caption))
    yield f'<div class="wide" tabindex="0"><table>\n<caption>{caption}</caption>'
    kinds = [
        "" if any(isinstance(value, str) for value in column) else ' class="number"'
        for column in zip(*table.rows, strict=True)
    ] or [""] * len(table.headers)
    heads = "".join(
        f'<th scope="col"{kind}>{escape(head)}</th>'
        for head, kind in zip(table.headers, kinds, strict=True)
    )
    yield f"<thead><tr>{heads}</tr></thead>\n<tbody>"
    notation = Notation(notation.numbers.also_zero(table.zeros))
    columns = [
        column_of(column, notation.column, lambda entry: escape(with_minus_signs(word(entry))))
        for column in zip(*table.rows, strict=True)
    ]
    for row in zip(*columns, strict=True):
        cells = "".join(
            f"<td{kind}>{written}</td>" for written, kind in zip(row, kinds, strict=True)
        )
        yield f"<tr>{cells}</tr>"
    yield "</tbody>\n</table></div>"


def _plot(plot: Plot, notation: Notation) -> Iterator[str]:
    axes = Axes(plot)
    bottom = TOP + HEIGHT + BOTTOM
    width, height = LEFT + WIDTH + RIGHT, bottom + 20 * len(plot.series)
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
        x, y = LEFT, bottom + 20 * i + 8
        yield f'<line x1="{x}" x2="{x + 36}" y1="{y}" y2="{y}" {stroke}/>'
        yield _label(x + 44, y + 4, one.name)

    def short(value: float) -> str:
        return with_minus_signs(notation.numbers.text(notation.numbers.brief(value, 3)))

    yield _label(LEFT, bottom - 10, short(axes.x[0]))
    yield _label(LEFT + WIDTH, bottom - 10, short(axes.x[1]), "end")
    yield _label(LEFT + WIDTH / 2, bottom - 10, plot.x_label, "middle")
    yield _label(LEFT - 6, TOP + HEIGHT, short(axes.y[0]), "end")
    yield _label(LEFT - 6, TOP + 8, short(axes.y[1]), "end")
    yield _label(LEFT, TOP - 12, plot.y_label)
    yield "</svg>\n</figure>"


def _label(x: float, y: float, text: str, anchor: str = "start") -> str:
    position = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
    return f'<text {position} fill="currentColor">{escape(text)}</text>'
