"""The comparison of two checkouts as a Markdown page."""

from __future__ import annotations

import math
from typing import Any

from chainrule.bench.against.paired import FASTER, SLOWER
from chainrule.bench.against.rounds import Comparison, Row

__all__ = ["markdown"]

FEWEST = 40
"""Pairs from which figures are worth something."""

HEADER = ("", "threads", "this", "other", "this / other", "interval", "pairs", "verdict")


def markdown(found: Comparison) -> str:
    """What was compared, and a row for each thing timed."""
    about = found.environment
    pairs, rounds, share = about["pairs"], about["rounds"], about["confidence"]
    few = f" (fewer than {FEWEST}: a first look, no measurement)" if pairs < FEWEST else ""
    lines = [
        f"- {about['processor']}, {about['processors']} processors, {about['system']}",
        f"- this: {_checkout(about['this'])}",
        f"- other: {_checkout(about['other'])}",
        f"- {pairs} pairs{few} in {rounds} rounds, with new processes in each; the ratio is that of"
        f" the rounds' medians with Student's {share:.0%} interval over the rounds",
        f"- slower: all of the interval is above {SLOWER:g}; faster: all of it is below {FASTER:g};"
        " level: neither was shown",
    ]
    header = [HEADER, ["---", *["---:"] * (len(HEADER) - 2), "---"]]
    table = [f"| {' | '.join(cells)} |" for cells in [*header, *map(_row, found.rows)]]
    return "\n".join(["# This checkout and another", "", *lines, "", *table]) + "\n"


def _checkout(about: dict[str, Any]) -> str:
    versions = ", ".join(f"{n} {v}" for n, v in about["versions"].items() if n != "chainrule")
    commit = f" at {about['commit']}" if about["commit"] else ""
    return f"{about['source']}{commit}, Python {about['python']}, {versions}"


def _row(row: Row) -> tuple[str, ...]:
    return (
        row.what,
        "-" if row.threads is None else str(row.threads),
        _time(row.this_us),
        _time(row.other_us),
        f"{row.ratio:.3f}",
        f"{row.low:.3f} to {row.high:.3f}",
        str(row.pairs),
        row.verdict,
    )


def _time(us: float) -> str:
    """Three digits.

    >>> _time(0.3514), _time(182.4), _time(512345.0)
    ('0.351 µs', '182 µs', '512 ms')
    """
    value, unit = (us / 1e3, "ms") if us >= 1e4 else (us, "µs")
    digits = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:.{min(digits, 3)}f} {unit}"
