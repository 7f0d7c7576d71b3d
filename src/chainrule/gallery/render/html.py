"""Reports as HTML: a section that stands by itself, with no script and no style sheet."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from chainrule.explain import Explanation
from chainrule.explain.numbers import writer
from chainrule.gallery.blocks import Block, Paragraph, Plot, Table
from chainrule.gallery.render.scale import Axes
from chainrule.gallery.render.text import entry
from chainrule.gallery.report import Report

__all__ = ["html"]

WIDTH, HEIGHT, MARGIN = 480, 240, 48

DASHES = ("none", "8 4", "2 3", "12 3 2 3", "5 2", "1 5")
"""One for each curve: they differ without colour."""


def html(report: Report) -> str:
    """A section with a heading and every block below."""
    title = escape(f"{report.name}: {report.title}")
    blocks = "\n".join(_block(block, report.digits) for block in report.blocks)
    return f'<section class="chainrule-report">\n<h2>{title}</h2>\n{blocks}\n</section>'


def _block(block: Block, digits: int) -> str:
    match block:
        case Paragraph(text):
            return f"<p>{escape(text)}</p>"
        case Table():
            return "\n".join(_table(block, digits))
        case Plot():
            return "\n".join(_plot(block))
        case Explanation():
            return block._repr_html_()


def _table(table: Table, digits: int) -> Iterator[str]:
    number = writer(digits)
    yield f"<table>\n<caption>{escape(table.caption)}</caption>"
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in table.headers)
    yield f"<thead><tr>{heads}</tr></thead>\n<tbody>"
    for row in table.rows:
        cells = "".join(f"<td>{escape(entry(value, number))}</td>" for value in row)
        yield f"<tr>{cells}</tr>"
    yield "</tbody>\n</table>"


def _plot(plot: Plot) -> Iterator[str]:
    axes = Axes(plot)
    width, height = WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN
    names = ", ".join(one.name for one in plot.series)
    yield f"<figure>\n<figcaption>{escape(plot.heading)}</figcaption>"
    yield (
        f'<svg viewBox="0 0 {width + 160} {height}" style="max-width: 46em" font-size="12"'
        f' role="img" aria-label="{escape(f"{plot.y_label} over {plot.x_label}: {names}")}">'
    )
    yield (
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{WIDTH}" height="{HEIGHT}"'
        ' fill="none" stroke="currentColor"/>'
    )
    for i, one in enumerate(plot.series):
        points = [axes.place(x, y) for x, y in zip(one.x, one.y, strict=True)]
        path = " ".join(
            f"{MARGIN + across * WIDTH:.1f},{MARGIN + (1 - up) * HEIGHT:.1f}"
            for across, up in points
        )
        dashes = DASHES[i % len(DASHES)]
        stroke = f'fill="none" stroke="currentColor" stroke-dasharray="{dashes}"'
        yield f'<polyline points="{path}" {stroke}/>'
        x, y = MARGIN + WIDTH + 12, MARGIN + 20 * i + 6
        yield f'<line x1="{x}" x2="{x + 36}" y1="{y}" y2="{y}" {stroke}/>'
        yield _label(x + 44, y + 4, one.name)
    bottom = MARGIN + HEIGHT + 18
    yield _label(MARGIN, bottom, f"{axes.x[0]:.3g}")
    yield _label(MARGIN + WIDTH, bottom, f"{axes.x[1]:.3g}", "end")
    yield _label(MARGIN + WIDTH / 2, bottom, plot.x_label, "middle")
    yield _label(MARGIN - 6, MARGIN + HEIGHT, f"{axes.y[0]:.3g}", "end")
    yield _label(MARGIN - 6, MARGIN + 8, f"{axes.y[1]:.3g}", "end")
    yield _label(MARGIN, MARGIN - 12, plot.y_label)
    yield "</svg>\n</figure>"


def _label(x: float, y: float, text: str, anchor: str = "start") -> str:
    place = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
    return f'<text {place} fill="currentColor">{escape(text)}</text>'
