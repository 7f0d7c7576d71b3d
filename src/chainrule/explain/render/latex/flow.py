"""The flow of a gradient as LaTeX."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from chainrule.explain.flow import GradientFlow
from chainrule.explain.render.flow_tables import DIGITS, Entry, tables
from chainrule.explain.render.latex import notation
from chainrule.explain.render.latex.document import complete
from chainrule.explain.render.latex.notation import escape
from chainrule.explain.render.latex.notation import title as title_of
from chainrule.explain.render.latex.table import tabular

__all__ = ["latex"]


def latex(flow: GradientFlow, document: bool = True) -> str:
    """Write tables under a heading, as a complete document or as a fragment to include."""
    number = notation.number(min(flow.digits, DIGITS))
    title = title_of(flow.title or f"Flow of the gradient of {flow.output}")
    entry = partial(_entry, number=number)
    parts = ["\n".join(tabular(t.caption, t.headers, t.rows, entry)) for t in tables(flow)]
    body = "\n\n".join([f"\\section*{{\\raggedright {title}}}", *parts]) + "\n"
    return complete(body) if document else body


def _entry(entry: Entry, number: Callable[[float], str]) -> str:
    match entry:
        case None:
            return "--"
        case str():
            return escape(entry)
        case _:
            return f"${number(entry)}$"
