"""Paths and untrusted text, formatted for a line of output."""

from __future__ import annotations

import json
import os
import re
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

__all__ = [
    "MOST_NOTES",
    "decimals",
    "finite",
    "harmless",
    "json_text",
    "printable",
    "r_squared",
    "short_path",
    "wrapped",
]

MOST_NOTES = 12
"""The most columns that notes are printed about; of a table of 100,000, the others are counted."""

WIDTH = 80
"""Of a terminal."""

MOST_R_SQUARED = 10_000
"""From this size on, decimals of R² say nothing."""

_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff]"
)
"""What a terminal may obey, or what reorders the text around it; not tabs and ends of lines."""


def decimals(value: float, places: int) -> str:
    """A number with `places` decimals, or as a power of ten where they would say too little.

    >>> decimals(0.5, 3), decimals(-2.45e80, 3), decimals(3.2e-06, 4)
    ('0.500', '-2.45·10⁸⁰', '3.2·10⁻⁶')
    """
    from chainrule.formula.numbers import NumberStyle, NumberWriter

    return NumberWriter(NumberStyle(places), cut={value: -places})(value)


def r_squared(value: float, places: int = 4) -> str:
    """R² with `places` decimals, also where it is next to nothing; far below 0 as `decimals`.

    >>> r_squared(0.82871), r_squared(-1.5e-05), r_squared(-2.45e80)
    ('0.8287', '0.0000', '-2.45·10⁸⁰')
    """
    if not abs(value) < MOST_R_SQUARED:
        return decimals(value, places)
    text = f"{value:.{places}f}"
    return text if float(text) else text.removeprefix("-")


def printable(text: str) -> str:
    r"""`text` on one line, with control characters of a terminal escaped.

    >>> printable("a\tb\n\x1b[31mred")
    'a b \\x1b[31mred'
    """
    words = " ".join(text.split())
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in words)


def harmless(text: str) -> str:
    r"""`text`, of several lines, with control characters of a terminal escaped.

    Those that JSON allows unescaped are written as JSON writes them.

    >>> harmless("a\tb\n\x1b[31mred \x9b2J")
    'a\tb\n\\x1b[31mred \\u009b2J'
    """
    return _CONTROLS.sub(_escape, text)


def wrapped(lines: Iterable[str]) -> list[str]:
    """A heading and, indented, the lines under it; what does not fit goes on in the next line.

    >>> wrapped(["heading", f"{'cell ' * 16}end"])[1:]
    ['  cell cell cell cell cell cell cell cell cell cell cell cell cell cell cell', '    cell end']
    """
    return [
        part
        for number, line in enumerate(lines)
        for part in textwrap.wrap(
            line,
            WIDTH,
            initial_indent="  " * (number > 0),
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]


def finite(value: Any) -> Any:
    """The value with None for numbers that are not finite, which JSON lacks.

    >>> finite({"loss": [0.5, float("nan")]})
    {'loss': [0.5, None]}
    """
    if isinstance(value, dict):
        return {key: finite(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [finite(entry) for entry in value]
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return value


def json_text(value: Any, indent: int | None = None) -> str:
    r"""JSON for programs, in which control characters are `\u…`, also those that JSON allows.

    >>> print(json_text({"label": "né\x9b2J"}))
    {"label": "né\u009b2J"}
    """
    return harmless(json.dumps(value, ensure_ascii=False, indent=indent))


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x20 else f"\\u{code:04x}"


def short_path(path: str | Path) -> str:
    """A path relative to the working folder if it is inside it, otherwise unchanged."""
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):  # the working folder was deleted, or another drive
        return printable(str(path))
    return printable(str(path) if relative.startswith(os.pardir) else relative)
