"""The scores of all tables as Markdown, those that were held out apart."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from chainrule.bench.markdown import markdown_table, three_digits
from chainrule.bench.tables.chainrule_contestant import OURS
from chainrule.bench.tables.comparison import CONTESTANTS, RANKED, TableResult, mean_ranks
from chainrule.bench.tables.table_list import BenchTable

__all__ = ["markdown_report"]

WORDS = {"classification": "accuracy", "regression": "R²"}


def markdown_report(results: Sequence[TableResult], missing: Sequence[BenchTable]) -> str:
    """A table for the tuned tables and one for those held out, with mean ranks below each."""
    paragraphs: list[str] = []
    for held_out, title in ((False, "Tuned on"), (True, "Held out")):
        part = [one for one in results if one.table.held_out == held_out]
        if part:
            paragraphs += [f"## {title}", _table(part), _summary(part)]
    if missing:
        names = ", ".join(f"{table.name} ({table.package})" for table in missing)
        paragraphs.append(f"Left out, since their packages are not installed: {names}.")
    return "\n\n".join(paragraphs) + "\n"


def _table(results: Sequence[TableResult]) -> str:
    header = ["table", "rows × columns", "score", *CONTESTANTS, "difference", "s"]
    return markdown_table(header, [_row(one) for one in results], left=(0, 2))


def _row(result: TableResult) -> list[str]:
    best = max(result.mean(name) for name in RANKED)
    cells = [
        _bold(f"{result.mean(name):.3f}", name in RANKED and result.mean(name) == best)
        + f" ± {result.spread(name):.3f}"
        for name in CONTESTANTS
    ]
    mean, error = result.difference
    mark = " **below**" if result.is_below else ""
    return [
        result.table.name,
        f"{result.rows:,} × {result.columns}",
        WORDS[result.table.task],
        *cells,
        f"{mean:+.3f} ± {error:.3f}{mark}",
        three_digits(statistics.fmean(result.seconds[OURS])),
    ]


def _bold(text: str, is_best: bool) -> str:
    return f"**{text}**" if is_best else text


def _summary(results: Sequence[TableResult]) -> str:
    ranks = ", ".join(f"{name} {rank:.2f}" for name, rank in mean_ranks(results).items())
    below = [one.table.name for one in results if one.is_below]
    return f"Mean ranks of the networks over {len(results)} tables: {ranks}.\n" + (
        f"Below beyond tolerance and error: {', '.join(below)}."
        if below
        else "None is below the better of the others beyond tolerance and error."
    )
