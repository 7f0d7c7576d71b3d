"""Whether a file is a text or a table, by its name and by what stands in it."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

__all__ = ["is_text"]

TEXTS = (".md", ".markdown", ".rst", ".text")
"""Names of texts, which are never read as tables."""

EITHER = (".txt",)
"""Names of texts and of tables."""

LOOKED_AT = 2**20
"""The most bytes of a file that are looked at."""

REGULAR = 0.9
"""The share of the lines of a table that have equally many cells, or more: others are mistakes."""


def is_text(source: str) -> bool:
    """Whether a file is one to learn a language from: it has no delimiter, and is no table.

    A file that can be read as a table of two columns or more is one; so is one that is nearly such
    a table, so that it is told what is wrong with it.
    """
    path = Path(source)
    suffix = path.suffix.lower()
    if suffix not in (*TEXTS, *EITHER) or not os.path.isfile(path):
        return False
    if suffix in TEXTS:
        return True
    with path.open("rb") as file:
        content = file.read(LOOKED_AT)
    lines = [line for line in content.decode("latin-1").splitlines() if line.strip()]
    if not lines or b"\0" in content or _regular(lines):
        return False
    return not _is_table(path)


def _regular(lines: list[str]) -> bool:
    """Whether most lines have equally many cells, more than one, by some delimiter."""
    for delimiter in (*",;\t|", None):
        cells = Counter(len(line.split(delimiter)) for line in lines)
        width, count = cells.most_common(1)[0]
        # a few words in each line make a text as well as a table
        if width > 1 and count >= REGULAR * len(lines) and len(lines) > 1:
            return True
    return False


def _is_table(path: Path) -> bool:
    """Whether the file can be read as a table that something can be learnt from."""
    from chainrule.errors import ChainruleError
    from chainrule.train.data.reading.sources import read

    try:
        return len(read(path).columns) > 1
    except (ChainruleError, ValueError):
        return False
