"""The flow of a gradient as HTML."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace

from chainrule.explain.flow import GradientFlow
from chainrule.explain.render.flow_tables import DIGITS, tables
from chainrule.explain.render.html.document import document
from chainrule.explain.render.html.escaping import escape
from chainrule.explain.render.html.notation import Notation
from chainrule.explain.render.html.style import COLOURS, RULES
from chainrule.explain.render.table import Entry, Table
from chainrule.formula.numbers import NumberWriter, column_of

__all__ = ["html", "page"]

_NUMBER = ' class="number"'


def html(flow: GradientFlow) -> str:
    """Write a fragment with its own style, for a notebook."""
    return f'<div class="chainrule">\n<style>{COLOURS}{RULES}</style>\n{_body(flow)}\n</div>\n'


def page(flow: GradientFlow, picture: bytes = b"") -> str:
    """Write a complete page that loads nothing, with the SVG file `picture` at its head."""
    title = flow.title or f"Flow of the gradient of {flow.output}"
    drawn = _drawn(picture) if picture else ""
    return document(title, "", f'<div class="chainrule">\n{drawn}{_body(flow)}\n</div>')


def _drawn(picture: bytes) -> str:
    """An SVG file as an image, because the page's policy forbids the style of an inline SVG."""
    data = b64encode(picture).decode()
    alt = "What the tables below say, drawn"
    return f'<p class="wide"><img src="data:image/svg+xml;base64,{data}" alt="{alt}"></p>\n'


def _body(flow: GradientFlow) -> str:
    notation = Notation(NumberWriter(replace(flow.style, digits=min(flow.style.digits, DIGITS))))
    return "\n".join("\n".join(_table(table, notation)) for table in tables(flow))


def _table(table: Table, notation: Notation) -> Iterator[str]:
    yield f'<p>{escape(table.caption)}</p>\n<div class="wide" tabindex="0"><table>'
    heads = "".join(
        f'<th scope="col"{"" if _words(table, i) else _NUMBER}>{escape(head)}</th>'
        for i, head in enumerate(table.headers)
    )
    yield f"<thead><tr>{heads}</tr></thead>\n<tbody>"
    columns = zip(*table.rows, strict=True)
    written = zip(*(column_of(c, notation.column, _word) for c in columns), strict=True)
    for row, cells in zip(table.rows, written, strict=True):
        yield f"<tr>{''.join(map(_cell, row, cells))}</tr>"
    yield "</tbody>\n</table></div>"


def _words(table: Table, column: int) -> bool:
    return any(isinstance(row[column], str) for row in table.rows)


def _word(entry: object) -> str:
    return "–" if entry is None else escape(str(entry))


def _cell(entry: Entry, written: str) -> str:
    return f"<td{'' if isinstance(entry, str) else _NUMBER}>{written}</td>"
