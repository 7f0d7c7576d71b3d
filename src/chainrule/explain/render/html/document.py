"""Complete HTML pages: one file that loads nothing, with its style and its scripts inside."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from typing import Any

from chainrule.errors import OptionError
from chainrule.explain.render.html.escaping import allowed, escape
from chainrule.explain.render.html.style import RULES
from chainrule.explain.render.svg.style import STYLE

__all__ = ["LARGEST", "document", "title_html"]

LARGEST = 20_000_000
"""The largest page in bytes: larger ones open slowly and cannot be sent by mail."""

SCRIPTS = ("graph.js", "stepper.js", "detail_panel.js", "page.js")
"""In the order in which they are joined: the last one starts the page."""


def document(title: str, summary: str, body: str, data: Mapping[str, Any] | None = None) -> str:
    """Put a body into a page: `title` and `summary` are text, `body` is HTML.

    The page's scripts read `data`, as JSON.  Its content security policy forbids all requests, and
    all scripts and styles but its own, which it names by their hashes.  Raises OptionError for a
    page larger than 20 MB.

    >>> page = document("a < b", "", "<p>…</p>")
    >>> "<title>a &lt; b</title>" in page, "default-src 'none'" in page
    (True, True)
    """
    style = STYLE + RULES + _asset("page.css")
    script = '"use strict";\n' + "\n".join(map(_asset, SCRIPTS))
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)};"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="chainrule">
<link rel="icon" href="data:,">
<title>{escape("; ".join(title.splitlines()))}</title>
<style>{style}</style>
<script>{script}</script>
</head><body>
<header>
<div><h1>{title_html(title)}</h1>{f"<p>{escape(summary)}</p>" if summary else ""}</div>
<button type="button" id="theme" hidden></button>
</header>
<main>
{body}
</main>
{_json_element(data) if data else ""}</body></html>
"""
    size = len(page.encode(errors="replace"))
    if size > LARGEST:
        raise OptionError(
            "page",
            expected=f"at most {LARGEST / 1e6:g} MB of HTML",
            got=f"{size / 1e6:.1f} MB",
            remedy="ask for less: one entry with wrt, fewer paths, or steps by names",
        )
    return page


def title_html(title: str) -> str:
    """A title as HTML: its lines stay lines."""
    return "<br/>".join(map(escape, title.splitlines()))


def _asset(name: str) -> str:
    folder = files("chainrule.explain.render.html").joinpath("assets")
    return folder.joinpath(name).read_text(encoding="utf-8")


def _hash(inline: str) -> str:
    return f"'sha256-{b64encode(sha256(inline.encode()).digest()).decode()}'"


def _json_element(data: Mapping[str, Any]) -> str:
    """A script element with JSON; <, > and & are escaped, so that no name can end the element."""
    text = json.dumps(allowed(data), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f'<script type="application/json" id="story">{text}</script>\n'
