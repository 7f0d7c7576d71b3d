"""Reports as plain text: at most 80 columns, no colour, the same on a terminal or in a pipe."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator

from chainrule.explain import Explanation
from chainrule.formula.numbers import NumberWriter, column_of
from chainrule.gallery.blocks import Block, Paragraph, Plot, Table
from chainrule.gallery.render.axes import Axes
from chainrule.gallery.report_data import ReportData

__all__ = ["text", "word"]

WIDTH = 80

MARKS = "•o+x*#"
"""One character for each curve of a plot."""

PLOT_WIDTH, PLOT_HEIGHT = 60, 15


def text(report: ReportData) -> str:
    """Write the title and every block, with empty lines between them."""
    number = report.main.derivation.writer(report.main.numbers)
    parts = [textwrap.fill(f"{report.name}: {report.title}", WIDTH)]
    parts += ["\n".join(_block(block, number)) for block in report.blocks]
    return "\n\n".join(parts) + "\n"


def word(entry: object) -> str:
    """Write an entry of a table that is no number."""
    if isinstance(entry, bool):
        return "yes" if entry else "no"
    return str(entry)


def _columns(text: str) -> int:
    """The number of columns that a text takes; combining accents, as in W̃, take none."""
    return sum(not unicodedata.combining(character) for character in text)


def _padded(text: str, width: int, left: bool) -> str:
    """Pad a text to `width` columns, aligned to the left or to the right."""
    space = " " * (width - _columns(text))
    return text + space if left else space + text


def _block(block: Block, number: NumberWriter) -> Iterable[str]:
    match block:
        case Paragraph(sentences):
            return textwrap.wrap(sentences, WIDTH)
        case Table():
            return _table(block, number)
        case Plot():
            return _plot(block, number)
        case Explanation():
            return str(block).rstrip("\n").split("\n")


def _table(table: Table, number: NumberWriter) -> Iterator[str]:
    yield from textwrap.wrap(table.caption, WIDTH)
    number = number.also_zero(table.zeros)
    columns = [
        column_of(column, number.column, word) for column in zip(*table.rows, strict=True)
    ] or [[]] * len(table.headers)
    rows = list(zip(*columns, strict=True))
    words = [any(isinstance(row[i], str) for row in table.rows) for i in range(len(table.headers))]
    widths = [max(map(_columns, column)) for column in zip(table.headers, *rows, strict=True)]

    def line(cells: Iterable[str]) -> str:
        placed = [
            _padded(cell, width, left)
            for cell, width, left in zip(cells, widths, words, strict=True)
        ]
        return ("  " + "  ".join(placed)).rstrip()

    yield line(table.headers)
    yield line("─" * width for width in widths)
    yield from map(line, rows)


def _plot(plot: Plot, number: NumberWriter) -> Iterator[str]:
    axes = Axes(plot)
    grid = [[" "] * PLOT_WIDTH for _ in range(PLOT_HEIGHT)]
    # the first curve is drawn last, so that it stays visible where curves meet
    for mark, one in reversed(list(zip(MARKS, plot.series, strict=False))):
        for x, y in zip(one.x, one.y, strict=True):
            across, up = axes.position(x, y)
            grid[round((1 - up) * (PLOT_HEIGHT - 1))][round(across * (PLOT_WIDTH - 1))] = mark
    ends = [number.text(number.brief(value, 3)) for value in (*axes.y, *axes.x)]
    margin = max(len(ends[0]), len(ends[1])) + 3
    yield from textwrap.wrap(plot.heading, WIDTH)
    yield f"  {plot.y_label}"
    for i, row in enumerate(grid):
        label = ends[1] if i == 0 else ends[0] if i == PLOT_HEIGHT - 1 else ""
        yield f"{label.rjust(margin - 1)} │{''.join(row).rstrip()}"
    yield " " * margin + "└" + "─" * PLOT_WIDTH
    middle = plot.x_label.center(PLOT_WIDTH - len(ends[2]) - len(ends[3]))
    yield " " * (margin + 1) + ends[2] + middle + ends[3]
    legend = "   ".join(f"{mark} {one.name}" for mark, one in zip(MARKS, plot.series, strict=False))
    yield from textwrap.wrap(legend, WIDTH, initial_indent="  ", subsequent_indent="  ")
