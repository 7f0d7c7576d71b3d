"""The report of the comparison of two checkouts, as a Markdown page."""

from __future__ import annotations

from typing import Any

from chainrule.bench.checkouts.difference import FASTER, SLOWER
from chainrule.bench.checkouts.rounds import Comparison, Row
from chainrule.bench.markdown import markdown_table, three_digits, used_by_others

__all__ = ["markdown_report"]

FEWEST = 40
"""With fewer pairs, the report says that its figures are no measurement."""

HEADER = ("", "threads", "this", "other", "this / other", "interval", "pairs", "verdict")


def markdown_report(found: Comparison) -> str:
    """The whole page: what was compared, and a row for each workload and command."""
    about = found.environment
    pairs, rounds, share = about["pairs"], about["rounds"], about["confidence"]
    few = f" (fewer than {FEWEST}: a first look, no measurement)" if pairs < FEWEST else ""
    lines = [
        f"{about['processor']}, {about['processors']} processors, {about['system']}; host"
        f" {about['fingerprint']}",
        f"this: {_checkout(about['this'])}",
        f"other: {_checkout(about['other'])}",
        f"{pairs} pairs{few} in {rounds} rounds, with new processes in each; the ratio is the"
        f" median over the pairs, with the {100 * share:.0f} % interval of a bootstrap over rounds"
        " and pairs",
        f"slower: all of the interval is above {SLOWER:g}; faster: all of it is below {FASTER:g};"
        " level: all of it is between them",
        *used_by_others(about),
        *about["notes"],
    ]
    undecided = [_name(row) for row in found.rows if row.verdict == "not decided"]
    if undecided:
        lines.append(f"not decided, which more pairs may change: {', '.join(undecided)}")
    table = markdown_table(HEADER, map(_row, found.rows), left=(0, len(HEADER) - 1))
    return (
        "\n".join(["# This checkout and another", "", *(f"- {line}" for line in lines), "", table])
        + "\n"
    )


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


def _name(row: Row) -> str:
    return row.what if row.threads is None else f"{row.what} ({row.threads})"


def _time(us: float) -> str:
    """A time with its unit.

    >>> _time(0.3514), _time(182.4), _time(512345.0)
    ('0.351 µs', '182 µs', '512 ms')
    """
    value, unit = (us / 1e3, "ms") if us >= 1e4 else (us, "µs")
    return f"{three_digits(value)} {unit}"
