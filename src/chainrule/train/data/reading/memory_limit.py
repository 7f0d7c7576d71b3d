"""How much memory a table may take: a small file can expand to more than the machine has."""

from __future__ import annotations

import os
import re
from pathlib import Path

from chainrule.errors import DataError, OptionError

__all__ = ["check_size", "default_limit", "parse_size", "too_large", "written"]

UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
ELSEWHERE = 4 * 10**9
"""The limit where the size of the machine's memory is not known."""


def parse_size(text: str) -> int:
    """Parse a number of bytes.

    >>> parse_size("4GB"), parse_size("500 M"), parse_size("1.5e9")
    (4000000000, 500000000, 1500000000)
    """
    pattern = r"(\d{1,15}(?:\.\d{1,15})?(?:e\d{1,2})?)\s*([kmgt]?)i?b?"
    found = re.fullmatch(pattern, text.strip().lower())
    size = float(found[1]) * UNITS[found[2]] if found else 0.0
    if not 1 <= size < 1e18:
        raise OptionError("memory", expected="a size such as 4GB or 500MB", got=repr(text[:40]))
    return int(size)


def default_limit() -> int:
    """Half of the machine's memory."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):  # Windows
        return ELSEWHERE


def check_size(path: Path, needed: int, limit: int) -> None:
    """Raise DataError for a table that needs more memory than the limit."""
    if needed > limit:
        raise too_large(path, f"one that needs about {written(needed)}", limit)


def too_large(path: Path, got: str, limit: int) -> DataError:
    """The error for a table that is too large."""
    return DataError(
        str(path),
        expected=f"a table that fits into {written(limit)} of memory",
        got=got,
        remedy="take fewer rows or columns, or allow more with --memory",
    )


def written(size: int) -> str:
    """A size as people write it.

    >>> written(9_600_000_000), written(1200)
    ('9.6 GB', '1.2 KB')
    """
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "KB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"
