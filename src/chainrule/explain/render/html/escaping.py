"""Text as HTML: no name is markup, a control of a terminal, or a change of direction."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any, cast

from chainrule.explain.render.svg.elements import xml_text

__all__ = ["allowed", "escape"]


def escape(text: str) -> str:
    """Escape a text; what XML does not allow is replaced, as in drawings.

    >>> print(escape("a < \\x1b"))
    a &lt; �
    """
    return html.escape(xml_text(text))


def allowed(data: Any) -> Any:
    """The same data with every text in it as in `escape`, before it is escaped."""
    if isinstance(data, str):
        return xml_text(data)
    if isinstance(data, dict):
        named = cast("dict[str, Any]", data)
        return {xml_text(key): allowed(value) for key, value in named.items()}
    if isinstance(data, (list, tuple)):
        return list(map(allowed, cast("Sequence[Any]", data)))
    return data
