"""The flow of a gradient as LaTeX."""

from __future__ import annotations

from dataclasses import replace

from chainrule.explain.flow import GradientFlow
from chainrule.explain.render.flow_tables import DIGITS, tables
from chainrule.explain.render.latex.document import complete
from chainrule.explain.render.latex.notation import LatexNumbers, escape
from chainrule.explain.render.latex.table import tabular
from chainrule.formula.numbers import NumberWriter

__all__ = ["latex"]


def latex(flow: GradientFlow, document: bool = True) -> str:
    """Write tables under a heading, as a complete document or as a fragment to include."""
    number = LatexNumbers(NumberWriter(replace(flow.style, digits=min(flow.style.digits, DIGITS))))
    title = escape(flow.title or f"Flow of the gradient of {flow.output}")
    parts = ["\n".join(tabular(t.caption, t.headers, t.rows, number, _word)) for t in tables(flow)]
    body = "\n\n".join([f"\\section*{{\\raggedright {title}}}", *parts]) + "\n"
    return complete(body) if document else body


def _word(entry: object) -> str:
    return "--" if entry is None else escape(str(entry))
