"""What training came to, for people."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from chainrule.train.metrics import Confusion, Residuals
from chainrule.train.report import Report

__all__ = ["show"]

WIDEST_TABLE = 12
"""Classes up to which the whole confusion table is shown; of more, the commonest mistakes."""


def show(report: Report, pictures: list[Path]) -> None:
    """Figures of every part, the table or summary, the gradient norms, where things are."""
    console = Console(width=min(Console().width, 80), highlight=False, file=sys.stdout)
    console.print(_figures(report))
    if report.confusion is not None:
        _confusion(console, report.confusion)
    if report.residuals is not None:
        _residuals(console, report.residuals)
    _norms(console, report.gradient_norms)
    speed = f"{report.samples_per_second:,.0f} samples/s"
    console.print(f"trained {report.epochs} epochs in {report.seconds:.2f} s ({speed})")
    for picture in pictures:
        print(f"picture  {picture}")
    print(f"run      {report.run}")


def _table(title: str) -> Table:
    return Table(box=SIMPLE, title=title, title_justify="left")


def _figures(report: Report) -> Table:
    name = "accuracy" if report.task == "classification" else "R²"
    table = Table(
        box=SIMPLE,
        title_justify="left",
        title=f"{report.dataset}: {report.rows} rows, {report.task}",
    )
    for title in ("", "loss", name):
        table.add_column(title, justify="right")
    parts = {"training": report.train, "validation": report.validation, "test": report.test}
    for title, score in parts.items():
        if score is not None:
            metric = f"{score.metric:.2%}" if report.task == "classification" else None
            table.add_row(title, f"{score.loss:.4g}", metric or f"{score.metric:.4f}")
    return table


def _confusion(console: Console, confusion: Confusion) -> None:
    classes = confusion.classes
    if len(classes) > WIDEST_TABLE or sum(map(len, classes)) > 50:
        _mistakes(console, confusion)
        return
    table = Table(
        box=SIMPLE,
        title_justify="left",
        title="held-out rows: true class (down), predicted (across)",
    )
    table.add_column("", justify="right")
    for name in classes:
        table.add_column(name, justify="right")
    table.add_column("found", justify="right")
    for name, row, recall in zip(classes, confusion.counts, confusion.recall, strict=True):
        cells = [str(count) if count else "·" for count in row]
        table.add_row(name, *cells, "-" if math.isnan(recall) else f"{recall:.1%}")
    console.print(table)


def _mistakes(console: Console, confusion: Confusion) -> None:
    pairs = [
        (count, true, taken)
        for true, row in zip(confusion.classes, confusion.counts, strict=True)
        for taken, count in zip(confusion.classes, row, strict=True)
        if count and true != taken
    ]
    table = _table("commonest mistakes in the held-out rows")
    for title in ("true", "taken for", "rows"):
        table.add_column(title, justify="right")
    for count, true, taken in sorted(pairs, reverse=True)[:10]:
        table.add_row(true, taken, str(count))
    console.print(table if pairs else "no mistake in the held-out rows")


def _residuals(console: Console, r: Residuals) -> None:
    table = Table(
        box=SIMPLE,
        title_justify="left",
        title="held-out rows: true minus predicted, in the target's units",
    )
    for title in ("least", "25 %", "median", "75 %", "greatest", "mean |r|", "RMS"):
        table.add_column(title, justify="right")
    cells = (r.least, r.quartile1, r.median, r.quartile3, r.greatest)
    table.add_row(*(f"{v:.4g}" for v in (*cells, r.mean_absolute, r.root_mean_square)))
    console.print(table)


def _norms(console: Console, norms: Mapping[str, float]) -> None:
    """A bar for each layer, on a logarithmic scale, so that vanishing is seen."""
    if not norms:
        return
    table = Table(
        box=SIMPLE,
        title_justify="left",
        title="gradient norm of each layer in the last step, first to last",
    )
    table.add_column("layer")
    table.add_column("norm", justify="right")
    table.add_column("")
    largest = max(norms.values())
    for name, norm in norms.items():
        down = math.log10(largest / norm) if 0 < norm < math.inf and largest < math.inf else 9.0
        table.add_row(name, f"{norm:.3g}", "█" * max(1 if norm else 0, round(24 - 4 * down)))
    console.print(table)
