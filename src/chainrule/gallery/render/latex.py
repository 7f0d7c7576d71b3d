"""Reports as LaTeX that needs nothing but amsmath; plots are drawn with LaTeX's own picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chainrule.explain import Explanation
from chainrule.explain.render.latex import notation
from chainrule.explain.render.latex.derivation import fragment
from chainrule.explain.render.latex.document import NARROW, WIDE, complete
from chainrule.explain.render.latex.notation import escape
from chainrule.gallery.blocks import Block, Paragraph, Plot, Table
from chainrule.gallery.render.scale import Axes
from chainrule.gallery.render.text import entry
from chainrule.gallery.report import Report

__all__ = ["latex"]

MARKS = (r"\circle*{3}", r"\circle{4}", "$+$", r"$\times$", "$*$", r"$\diamond$")

WIDTH, HEIGHT = 300, 160


def latex(report: Report, document: bool = True) -> str:
    """A section, alone or in a document of its own."""
    title = escape(f"{report.name}: {report.title}")
    room = WIDE if document else NARROW
    blocks = "\n\n".join(_block(block, report.digits, room) for block in report.blocks)
    body = f"\\section*{{\\raggedright {title}}}\n\n{blocks}\n"
    return complete(body) if document else f"% needs \\usepackage{{amsmath}}\n{body}"


def _block(block: Block, digits: int, room: float) -> str:
    match block:
        case Paragraph(text):
            return escape(text)
        case Table():
            return "\n".join(_table(block, digits))
        case Plot():
            return "\n".join(_plot(block))
        case Explanation():
            return fragment(block.derivation, block.digits, room)


def _table(table: Table, digits: int) -> Iterator[str]:
    number = notation.number(digits)
    words = [any(isinstance(row[i], str) for row in table.rows) for i in range(len(table.headers))]
    yield escape(table.caption)
    yield r"\begin{center}\small"
    yield f"\\begin{{tabular}}{{{''.join('l' if left else 'r' for left in words)}}}"
    yield " & ".join(map(escape, table.headers)) + r" \\ \hline"
    for row in table.rows:
        yield " & ".join(_entry(value, number) for value in row) + r" \\"
    yield "\\end{tabular}\n\\end{center}"


def _entry(value: str | float, number: Callable[[float], str]) -> str:
    return escape(value) if isinstance(value, str) else f"${entry(value, number)}$"


def _plot(plot: Plot) -> Iterator[str]:
    axes = Axes(plot)
    yield r"\noindent\begin{minipage}{\textwidth}"  # keeps the title and the picture on one page
    yield escape(plot.heading)
    yield r"\begin{center}"
    yield f"\\begin{{picture}}({WIDTH},{HEIGHT + 60})(0,-40)"
    yield rf"\put(0,0){{\framebox({WIDTH},{HEIGHT}){{}}}}"
    for mark, one in zip(MARKS, plot.series, strict=False):
        for x, y in zip(one.x, one.y, strict=True):
            across, up = axes.place(x, y)
            at = f"{across * WIDTH:.1f},{up * HEIGHT:.1f}"
            yield rf"\put({at}){{\makebox(0,0){{{mark}}}}}"
    for at, side, label in (
        ("0,-10", "l", f"{axes.x[0]:.3g}"),
        (f"{WIDTH},-10", "r", f"{axes.x[1]:.3g}"),
        (f"{WIDTH / 2:g},-10", "", plot.x_label),
        ("-4,0", "r", f"{axes.y[0]:.3g}"),
        (f"-4,{HEIGHT}", "r", f"{axes.y[1]:.3g}"),
        (f"0,{HEIGHT + 10}", "l", plot.y_label),
    ):
        yield rf"\put({at}){{\makebox(0,0)[{side}]{{{escape(label)}}}}}"
    legend = r"\quad ".join(
        f"{mark if mark.startswith('$') else _dot(mark)} {escape(one.name)}"
        for mark, one in zip(MARKS, plot.series, strict=False)
    )
    yield rf"\put(0,-30){{{legend}}}"
    yield "\\end{picture}\n\\end{center}\n\\end{minipage}"


def _dot(mark: str) -> str:
    """A picture command inside a line of text needs a place of its own."""
    return rf"\begin{{picture}}(6,6)(-3,-3)\put(0,0){{{mark}}}\end{{picture}}"
