"""Tables in LaTeX, with the columns of words to the left and those of numbers to the right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from chainrule.explain.render.latex.notation import escape

__all__ = ["tabular"]

Entry = TypeVar("Entry")


def tabular(
    caption: str,
    headers: Sequence[str],
    rows: Sequence[Sequence[Entry]],
    latex: Callable[[Entry], str],
) -> Iterator[str]:
    """Lines of LaTeX for a caption and a table; `latex` writes an entry."""
    words = [any(isinstance(row[i], str) for row in rows) for i in range(len(headers))]
    yield escape(caption)
    yield r"\begin{center}\small"
    yield f"\\begin{{tabular}}{{{''.join('l' if left else 'r' for left in words)}}}"
    yield " & ".join(map(escape, headers)) + r" \\ \hline"
    for row in rows:
        yield " & ".join(map(latex, row)) + r" \\"
    yield "\\end{tabular}\n\\end{center}"
