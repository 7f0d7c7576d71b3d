"""Reports as LaTeX that needs no package but amsmath; plots use LaTeX's `picture` environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from chainrule.explain import Explanation
from chainrule.explain.render.latex import notation
from chainrule.explain.render.latex.derivation import fragment
from chainrule.explain.render.latex.document import NARROW, WIDE, complete
from chainrule.explain.render.latex.notation import escape
from chainrule.explain.render.latex.table import tabular
from chainrule.gallery.blocks import Block, Entry, Paragraph, Plot, Table
from chainrule.gallery.render.axes import Axes
from chainrule.gallery.render.text import entry as plain_entry
from chainrule.gallery.report_data import ReportData

__all__ = ["latex"]

MARKS = (r"\circle*{3}", r"\circle{4}", "$+$", r"$\times$", "$*$", r"$\diamond$")

WIDTH, HEIGHT = 300, 160


def latex(report: ReportData, document: bool = True) -> str:
    """Write a section, alone or in a complete document."""
    title = escape(report.heading)
    width = WIDE if document else NARROW
    blocks = "\n\n".join(_block(block, report.digits, width) for block in report.blocks)
    body = f"\\section*{{\\raggedright {title}}}\n\n{blocks}\n"
    return complete(body) if document else f"% needs \\usepackage{{amsmath}}\n{body}"


def _block(block: Block, digits: int, width: float) -> str:
    match block:
        case Paragraph(text):
            return escape(text)
        case Table():
            entry = partial(_entry, number=notation.number(digits))
            return "\n".join(tabular(block.caption, block.headers, block.rows, entry))
        case Plot():
            return "\n".join(_plot(block))
        case Explanation():
            return fragment(block.derivation, block.digits, width)


def _entry(value: Entry, number: Callable[[float], str]) -> str:
    return escape(value) if isinstance(value, str) else f"${plain_entry(value, number)}$"


def _plot(plot: Plot) -> Iterator[str]:
    axes = Axes(plot)
    yield r"\noindent\begin{minipage}{\textwidth}"  # keeps the title and the picture on one page
    yield escape(plot.heading)
    yield r"\begin{center}"
    yield f"\\begin{{picture}}({WIDTH},{HEIGHT + 60})(0,-40)"
    yield rf"\put(0,0){{\framebox({WIDTH},{HEIGHT}){{}}}}"
    for mark, one in zip(MARKS, plot.series, strict=False):
        for x, y in zip(one.x, one.y, strict=True):
            across, up = axes.position(x, y)
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
    """Wrap a picture command so that it can stand in a line of text."""
    return rf"\begin{{picture}}(6,6)(-3,-3)\put(0,0){{{mark}}}\end{{picture}}"
