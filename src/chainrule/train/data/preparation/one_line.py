"""Texts from data on one line, without characters that a terminal would obey."""

from __future__ import annotations

__all__ = ["one_line"]


def one_line(text: str) -> str:
    r"""The text with spaces for white space, and escapes for what cannot be printed.

    >>> one_line("a\nb \x1b[31mred")
    'a b \\x1b[31mred'
    """
    words = " ".join(text.split())
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in words)
