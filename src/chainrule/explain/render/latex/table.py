"""Tables in LaTeX, with the columns of words to the left and those of numbers to the right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from chainrule.explain.render.latex.notation import LatexNumbers, escape
from chainrule.explain.render.wording import with_minus_signs
from chainrule.formula.numbers import column_of

__all__ = ["tabular"]


def tabular(
    caption: str,
    headers: Sequence[str],
    rows: Sequence[Sequence[object]],
    number: LatexNumbers,
    word: Callable[[object], str],
) -> Iterator[str]:
    """Lines of LaTeX for a caption and a table; `word` writes an entry that is no number."""
    words = [any(isinstance(row[i], str) for row in rows) for i in range(len(headers))]
    yield escape(with_minus_signs(caption))
    yield r"\begin{center}\small"
    yield f"\\begin{{tabular}}{{{''.join('l' if left else 'r' for left in words)}}}"
    yield " & ".join(map(escape, headers)) + r" \\ \hline\noalign{\smallskip}"
    columns = [column_of(column, number.column, word) for column in zip(*rows, strict=True)]
    for row in zip(*columns, strict=True):
        yield " & ".join(row) + r" \\"
    yield "\\end{tabular}\n\\end{center}"
