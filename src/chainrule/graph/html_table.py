"""Small HTML tables for notebooks: one fragment with its own style and no script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["table"]

STYLE = (
    ".chainrule-table{font:13px/1.5 system-ui,sans-serif;overflow-x:auto}"
    ".chainrule-table table{border-collapse:collapse;margin:.3em 0;border:0;color:inherit}"
    ".chainrule-table caption{text-align:left;padding:0;color:inherit;white-space:nowrap}"
    # specific selectors, to override the rules that notebooks have for tables
    ".chainrule-table table tr:nth-child(n){background:none}"
    ".chainrule-table.chainrule-table table :is(th,td){padding:.1em 1.2em .1em 0;border:0;"
    "text-align:left;white-space:nowrap;font-weight:normal;max-width:none}"
    ".chainrule-table.chainrule-table table thead th{opacity:.65;border-bottom:1px solid}"
    ".chainrule-table table tbody th{opacity:.65}"
    ".chainrule-table.chainrule-table table .number{text-align:right;"
    "font-variant-numeric:tabular-nums}"
)


def table(
    title: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: Sequence[int] = (),
    more: str = "",
) -> str:
    """Render rows of text under a title; the first cell of a row is its header.

    The columns in `numbers` are right-aligned; `more` is a line below the table.  All text is
    escaped, and the colours are those of the surrounding page, light or dark.

    >>> html = table("a < b", ("name", "value"), [("<x>", "1")], numbers=(1,))
    >>> html[html.index("<table") :]
    '<table><caption>a &lt; b</caption><thead><tr><th scope="col">name</th><th scope="col" \
class="number">value</th></tr></thead><tbody><tr><th scope="row">&lt;x&gt;</th><td \
class="number">1</td></tr></tbody></table></div>'
    """
    from html import escape  # slow to import, and only notebooks draw tables

    def line(cells: Sequence[str], head: bool) -> str:
        written = ""
        for column, cell in enumerate(cells):
            tag, scope = ("th", "col" if head else "row") if head or not column else ("td", "")
            written += f"<{tag}" + (f' scope="{scope}"' if scope else "")
            written += ' class="number">' if column in numbers else ">"
            written += f"{escape(cell)}</{tag}>"
        return f"<tr>{written}</tr>"

    top = f"<thead>{line(headers, True)}</thead>" if headers else ""
    body = "".join(line(row, False) for row in rows)
    caption = f"<caption>{escape(title)}</caption>" if title else ""
    below = f"<div>{escape(more)}</div>" if more else ""
    return (
        f'<div class="chainrule-table"><style>{STYLE}</style>'
        f"<table>{caption}{top}<tbody>{body}</tbody></table>{below}</div>"
    )
