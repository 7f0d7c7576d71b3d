"""Markdown tables, and numbers at a precision that suits measured times."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence

__all__ = ["markdown_table", "three_digits"]


def markdown_table(
    header: Sequence[str], rows: Iterable[Sequence[str]], left: Collection[int] = (0,)
) -> str:
    """A table whose columns are aligned to the right, except for those numbered in `left`.

    >>> print(markdown_table(["name", "µs"], [["tiny", "1.50"]]))
    | name | µs |
    | --- | ---: |
    | tiny | 1.50 |
    """
    rule = ["---" if i in left else "---:" for i in range(len(header))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [header, rule, *rows])


def three_digits(value: float) -> str:
    """Three significant digits, with at most three decimal places.

    >>> three_digits(0.03514), three_digits(1.5), three_digits(182.4), three_digits(2000.0)
    ('0.035', '1.50', '182', '2000')
    """
    digits = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:.{min(digits, 3)}f}"
