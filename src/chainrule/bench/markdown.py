"""Markdown tables, numbers at a precision that suits measured times, and lines of all reports."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

__all__ = ["is_disturbed", "markdown_table", "three_digits", "used_by_others"]

BUSY = 0.05
"""The share of processor time from which its use by others is said to disturb."""


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


def is_disturbed(shares: Mapping[str, Any]) -> bool:
    """Whether others had so much of the processor time that a single figure means little.

    >>> is_disturbed({"stolen": 0.04, "others": 0.02}), is_disturbed({})
    (True, False)
    """
    return shares.get("stolen", 0.0) + shares.get("others", 0.0) > BUSY


def used_by_others(shares: Mapping[str, Any]) -> list[str]:
    """A line about the processor time that was not this measurement's, if it is known.

    >>> used_by_others({"stolen": 0.001, "others": 0.31})
    ['stolen from this machine 0.1 % of the processor time, other processes 31.0 %: disturbed']
    """
    if "stolen" not in shares or "others" not in shares:
        return []
    stolen, others = shares["stolen"], shares["others"]
    disturbed = ": disturbed" * is_disturbed(shares)
    return [
        f"stolen from this machine {100 * stolen:.1f} % of the processor time,"
        f" other processes {100 * others:.1f} %{disturbed}"
    ]
