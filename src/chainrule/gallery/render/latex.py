"""Reports as LaTeX that needs no package but amsmath; plots use LaTeX's `picture` environment."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.explain import Explanation
from chainrule.explain.render.latex.derivation import fragment
from chainrule.explain.render.latex.document import NARROW, WIDE, complete
from chainrule.explain.render.latex.notation import LatexNumbers, escape
from chainrule.explain.render.latex.table import tabular
from chainrule.explain.render.wording import with_minus_signs
from chainrule.gallery.blocks import Block, Paragraph, Plot, Table
from chainrule.gallery.render.axes import Axes
from chainrule.gallery.render.text import word
from chainrule.gallery.report_data import ReportData

__all__ = ["latex"]

MARKS = (r"\circle*{3}", r"\circle{4}", "$+$", r"$\times$", "$*$", r"$\diamond$")

WIDTH, HEIGHT = 300, 160


def latex(report: ReportData, document: bool = True) -> str:
    """Write a section, alone or in a complete document."""
    title = escape(report.heading)
    width = WIDE if document else NARROW
    number = LatexNumbers(report.main.derivation.writer(report.main.numbers))
    blocks = "\n\n".join(_block(block, number, width) for block in report.blocks)
    body = f"\\section*{{\\raggedright {title}}}\n\n{blocks}\n"
    return complete(body) if document else f"% needs \\usepackage{{amsmath}}\n{body}"


def _block(block: Block, number: LatexNumbers, width: float) -> str:
    match block:
        case Paragraph(text):
            # no line ends within a short equation
            return escape(with_minus_signs(text)).replace(" = ", "~=~")
        case Table():
            zero = number.also_zero(block.zeros)
            return "\n".join(tabular(block.caption, block.headers, block.rows, zero, _word))
        case Plot():
            return "\n".join(_plot(block, number))
        case Explanation():
            return fragment(block.derivation, block.numbers, width)


def _word(entry: object) -> str:
    return escape(with_minus_signs(word(entry)))


def _plot(plot: Plot, number: LatexNumbers) -> Iterator[str]:
    axes = Axes(plot)

    def short(value: float) -> str:
        return with_minus_signs(number.numbers.text(number.numbers.brief(value, 3)))

    yield r"\noindent\begin{minipage}{\textwidth}"  # keeps the title and the picture on one page
    yield escape(plot.heading)
    yield r"\begin{center}"
    yield f"\\begin{{picture}}({WIDTH},{HEIGHT + 60})(0,-40)"
    yield rf"\put(0,0){{\framebox({WIDTH},{HEIGHT}){{}}}}"
    for mark, one in zip(MARKS, plot.series, strict=False):
        for x, y in zip(one.x, one.y, strict=True):
            across, up = axes.position(x, y)
            at = f"{across * WIDTH:.1f},{up * HEIGHT:.1f}"
            # a circle is drawn around the point, a letter has to be centred on it
            drawn = rf"\makebox(0,0){{{mark}}}" if mark.startswith("$") else mark
            yield rf"\put({at}){{{drawn}}}"
    for at, side, label in (
        ("0,-10", "l", short(axes.x[0])),
        (f"{WIDTH},-10", "r", short(axes.x[1])),
        (f"{WIDTH / 2:g},-10", "", plot.x_label),
        ("-4,0", "r", short(axes.y[0])),
        (f"-4,{HEIGHT}", "r", short(axes.y[1])),
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
