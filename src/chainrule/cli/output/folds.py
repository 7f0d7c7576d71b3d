"""The table of cross-validation: each fold, their mean and their spread."""

from __future__ import annotations

import math

from chainrule.cli.output.formatting import r_squared
from chainrule.cli.output.text_table import text_table
from chainrule.formula.numbers import NumberStyle, NumberWriter
from chainrule.train.loop.training_report import Report

__all__ = ["folds_table"]

KEPT = """The network that is kept was trained after that, with no test rows held out; on
new rows, expect the mean of the folds. Below are its own figures."""

FIGURE = NumberWriter(NumberStyle(digits=4))


def folds_table(report: Report) -> str:
    """The folds of a report that has some, and what the figures after it are of."""
    found = report.cross_validation
    assert found is not None, "a report with folds"
    (loss, loss_sd), scored = found.loss, found.score
    name = "accuracy" if found.metric == "accuracy" else "R²"
    losses = FIGURE.column([*(fold.loss for fold in found.folds), loss, loss_sd])
    columns = [
        [*(str(fold.fold) for fold in found.folds), "mean", "sd"],
        [*(f"{fold.train_rows:,}" for fold in found.folds), "", ""],
        [*(f"{fold.rows:,}" for fold in found.folds), "", ""],
        losses,
    ]
    header = ["fold", "trained on", "tested on", "loss"]
    if scored is not None:
        values = [*(fold.metric for fold in found.folds), *scored]
        columns.append(_metrics(values, name))
        header.append(name)
    title = f"{len(found.folds)}-fold cross-validation: each by a network that did not see its rows"
    table = text_table(title, header, list(zip(*columns, strict=True)))
    return f"{table}\n\n{KEPT}"


def _metrics(values: list[float | None], name: str) -> list[str]:
    known = [None if value is None or math.isnan(value) else value for value in values]
    if name == "accuracy":
        return ["-" if value is None else f"{100 * value:.2f} %" for value in known]
    return ["-" if value is None else r_squared(value) for value in known]
