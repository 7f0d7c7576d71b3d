"""Reports as LaTeX that needs nothing but amsmath; plots are drawn with LaTeX's own picture."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.explain import Explanation
from chainrule.explain.numbers import writer
from chainrule.gallery.blocks import Block, Paragraph, Plot, Table
from chainrule.gallery.render.scale import Axes
from chainrule.gallery.render.text import entry
from chainrule.gallery.report import Report

__all__ = ["escaped", "latex"]

PREAMBLE = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage{amsmath}
\allowdisplaybreaks
\begin{document}
"""

SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "_": r"\_",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "$": r"\$",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    "=": "$=$",
    "∂": r"$\partial$",
    "σ": r"$\sigma$",
    "Σ": r"$\sum$",
    "ε": r"$\varepsilon$",
    "η": r"$\eta$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "≠": r"$\ne$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "−": "$-$",
    "←": r"$\leftarrow$",
    "→": r"$\to$",
    "′": r"$'$",
    "¼": r"$\tfrac14$",
    "½": r"$\tfrac12$",
    "⁺": "$^+$",
    "…": r"\dots{}",
    "–": "--",
    "W̃": r"$\tilde W$",
    "b̃": r"$\tilde b$",
}
"""How LaTeX writes what texts and tables contain beyond letters and figures."""

MARKS = (r"\circle*{3}", r"\circle{4}", "$+$", r"$\times$", "$*$", r"$\diamond$")

WIDTH, HEIGHT = 300, 160


def latex(report: Report, document: bool = True) -> str:
    """A section, alone or in a document of its own."""
    title = escaped(f"{report.name}: {report.title}")
    blocks = "\n\n".join(_block(block, report.digits) for block in report.blocks)
    body = f"\\section*{{\\raggedright {title}}}\n\n{blocks}\n"
    return f"{PREAMBLE}\n{body}\n\\end{{document}}\n" if document else body


def escaped(text: str) -> str:
    r"""Plain text with LaTeX's signs for what is none of its letters.

    >>> print(escaped("∂E/∂w_1 ≤ ¼"))
    $\partial$E/$\partial$w\_1 $\le$ $\tfrac14$
    """
    for letter in ("W̃", "b̃"):  # a letter and a combining accent: two characters, one sign
        text = text.replace(letter, f"\0{letter[0]}")
    out = ""
    accented = False
    for sign in text:
        if sign == "\0":
            accented = True
        elif accented:
            out, accented = out + SIGNS[f"{sign}̃"], False
        else:
            out += SIGNS.get(sign, sign)
    return out


def _block(block: Block, digits: int) -> str:
    match block:
        case Paragraph(text):
            return escaped(text)
        case Table():
            return "\n".join(_table(block, digits))
        case Plot():
            return "\n".join(_plot(block))
        case Explanation():
            return block.to_latex(document=False)


def _table(table: Table, digits: int) -> Iterator[str]:
    number = writer(digits)
    words = [any(isinstance(row[i], str) for row in table.rows) for i in range(len(table.headers))]
    yield escaped(table.caption)
    yield r"\begin{center}\small"
    yield f"\\begin{{tabular}}{{{''.join('l' if left else 'r' for left in words)}}}"
    yield " & ".join(map(escaped, table.headers)) + r" \\ \hline"
    for row in table.rows:
        yield " & ".join(escaped(entry(value, number)) for value in row) + r" \\"
    yield "\\end{tabular}\n\\end{center}"


def _plot(plot: Plot) -> Iterator[str]:
    axes = Axes(plot)
    yield r"\noindent\begin{minipage}{\textwidth}"  # keeps the title and the picture on one page
    yield escaped(plot.heading)
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
        yield rf"\put({at}){{\makebox(0,0)[{side}]{{{escaped(label)}}}}}"
    legend = r"\quad ".join(
        f"{mark if mark.startswith('$') else _dot(mark)} {escaped(one.name)}"
        for mark, one in zip(MARKS, plot.series, strict=False)
    )
    yield rf"\put(0,-30){{{legend}}}"
    yield "\\end{picture}\n\\end{center}\n\\end{minipage}"


def _dot(mark: str) -> str:
    """A picture command inside a line of text needs a place of its own."""
    return rf"\begin{{picture}}(6,6)(-3,-3)\put(0,0){{{mark}}}\end{{picture}}"
