"""The flow of a gradient as LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chainrule.explain.flow import GradientFlow
from chainrule.explain.render.flow_tables import DIGITS, Entry, Table, tables
from chainrule.explain.render.latex import notation
from chainrule.explain.render.latex.derivation import complete
from chainrule.explain.render.latex.notation import escape

__all__ = ["latex"]


def latex(flow: GradientFlow, document: bool = True) -> str:
    """Tables under a heading; a complete document, or a fragment to include."""
    number = notation.number(min(flow.digits, DIGITS))
    title = escape(flow.title or f"Flow of the gradient of {flow.output}")
    parts = ["\n".join(_table(table, number)) for table in tables(flow)]
    body = "\n\n".join([f"\\section*{{\\raggedright {title}}}", *parts]) + "\n"
    return complete(body) if document else body


def _table(table: Table, number: Callable[[float], str]) -> Iterator[str]:
    words = [any(isinstance(row[i], str) for row in table.rows) for i in range(len(table.headers))]
    yield escape(table.caption)
    yield r"\begin{center}\small"
    yield f"\\begin{{tabular}}{{{''.join('l' if left else 'r' for left in words)}}}"
    yield " & ".join(map(escape, table.headers)) + r" \\ \hline"
    for row in table.rows:
        yield " & ".join(_entry(entry, number) for entry in row) + r" \\"
    yield "\\end{tabular}\n\\end{center}"


def _entry(entry: Entry, number: Callable[[float], str]) -> str:
    match entry:
        case None:
            return "--"
        case str():
            return escape(entry)
        case _:
            return f"${number(entry)}$"
