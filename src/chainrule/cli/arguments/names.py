"""The parser of names in options such as `--wrt x,y`, which may also be repeated."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["parse_names"]


def parse_names(words: Iterable[str]) -> list[str]:
    """Split at commas outside square brackets; each name once.

    >>> parse_names(["x, y", "w[1, 0]", "x"])
    ['x', 'y', 'w[1, 0]']
    """
    parts = (part.strip() for word in words for part in re.split(r",(?![^\[\]]*\])", word))
    return list(dict.fromkeys(map(_plain, filter(None, parts))))


def _plain(name: str) -> str:
    if name.isascii():
        return name
    from chainrule.explain.expression.notation import plain_name  # slow to import

    return plain_name(name) or name
