"""The flow of a gradient as HTML."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from html import escape

from chainrule.explain.flow import GradientFlow
from chainrule.explain.numbers import writer
from chainrule.explain.render.flow_tables import DIGITS, Entry, Table, tables
from chainrule.explain.render.html.document import document
from chainrule.explain.render.html.style import COLOURS, RULES

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
    number = writer(min(flow.digits, DIGITS))
    return "\n".join("\n".join(_table(table, number)) for table in tables(flow))


def _table(table: Table, number: Callable[[float], str]) -> Iterator[str]:
    yield f'<p>{escape(table.caption)}</p>\n<div class="wide" tabindex="0"><table>'
    heads = "".join(
        f'<th scope="col"{"" if _words(table, i) else _NUMBER}>{escape(head)}</th>'
        for i, head in enumerate(table.headers)
    )
    yield f"<thead><tr>{heads}</tr></thead>\n<tbody>"
    for row in table.rows:
        yield f"<tr>{''.join(_entry(entry, number) for entry in row)}</tr>"
    yield "</tbody>\n</table></div>"


def _words(table: Table, column: int) -> bool:
    return any(isinstance(row[column], str) for row in table.rows)


def _entry(entry: Entry, number: Callable[[float], str]) -> str:
    match entry:
        case None:
            return f"<td{_NUMBER}>–</td>"
        case str():
            return f"<td>{escape(entry)}</td>"
        case _:
            return f"<td{_NUMBER}>{number(entry)}</td>"
