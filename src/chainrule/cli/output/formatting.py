"""Numbers, paths and untrusted text, formatted for a line of output."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["decimals", "printable", "short_path"]


def decimals(value: float, places: int) -> str:
    """A number with `places` decimal places, or with an exponent if it is very large.

    >>> decimals(0.5, 3), decimals(-2.45e80, 3)
    ('0.500', '-2.45e+80')
    """
    return f"{value:.{places}f}" if abs(value) < 1e6 else f"{value:.4g}"


def printable(text: str) -> str:
    r"""`text` on one line, with control characters of a terminal escaped.

    >>> printable("a\tb\n\x1b[31mred")
    'a b \\x1b[31mred'
    """
    words = " ".join(text.split())
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in words)


def short_path(path: str | Path) -> str:
    """A path relative to the working folder if it is inside it, otherwise unchanged."""
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):  # the working folder was deleted, or another drive
        return printable(str(path))
    return printable(str(path) if relative.startswith(os.pardir) else relative)
