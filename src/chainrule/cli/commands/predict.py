"""`chainrule predict`: predict new rows with a trained network."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from chainrule.cli.output.destination import check_output, write_result
from chainrule.cli.output.formatting import MOST_NOTES, json_text, printable

if TYPE_CHECKING:
    from chainrule.train.runs.predictor import Predictions

__all__ = ["register"]

MEMORY_HELP = "What the table may take, such as 4GB.  [default: half of the machine's]"

HELP = """Predict with a trained run.

FILE is a CSV, Parquet, Arrow, JSON lines or Excel file with the columns the run was trained on, in
any order; others are ignored. Its cells are read as those of the training data were. Rows whose
outputs are not finite are refused. The result is CSV: the prediction for each row, and for classes
how probable each one is.

\b
Examples:
  chainrule predict runs/houses-1 new.csv
  chainrule predict runs/houses-1 new.csv -o predicted.csv
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("predict", help=HELP)(predict)


def predict(
    run: Path = typer.Argument(metavar="RUN", help="A run folder."),
    file: Path = typer.Argument(metavar="FILE", help="A file of rows."),
    output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help="Write to this file."),
    json: bool = typer.Option(False, "--json", help="Print one JSON object for programs."),
    memory: str = typer.Option(None, "--memory", metavar="SIZE", help=MEMORY_HELP),
) -> None:
    from chainrule.train.data.reading.memory_limit import parse_size
    from chainrule.train.runs.predictor import Predictor

    check_output(output)
    limit = None if memory is None else parse_size(memory)
    found = Predictor(run).predict(file, limit)
    for column, values in list(found.unseen.items())[:MOST_NOTES]:
        rows, seen, taken = found.unseen_rows[column], "no", "taken as none of the known ones"
        if column in found.embedded:
            seen, taken = "that at most one", "which share a vector"
        print(
            f"note: column {printable(repr(column))} has values {seen} training row had in {rows:,}"
            f" of {len(found.values):,} rows, {taken}:"
            f" {printable(', '.join(values[:6]))}{', …' * (len(values) > 6)}",
            file=sys.stderr,
        )
    if (more := len(found.unseen) - MOST_NOTES) > 0:
        further = f"have {more:,} further columns" if more > 1 else "has one further column"
        print(f"note: so {further}", file=sys.stderr)
    if found.ignored:
        names = ", ".join(map(repr, found.ignored[:6])) + ", …" * (len(found.ignored) > 6)
        print(
            f"note: ignored, since the training data had no such column: {printable(names)}",
            file=sys.stderr,
        )
    write_result(_json(found) if json else _csv(found), output)


def _json(found: Predictions) -> str:
    shares = None if found.probabilities is None else found.probabilities.tolist()
    return json_text(
        {"predictions": found.values, "classes": list(found.classes), "probabilities": shares}
    )


def _csv(found: Predictions) -> str:
    from chainrule.formula.numbers import for_programs

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["prediction", *(f"p({name})" for name in found.classes)])
    for i, value in enumerate(found.values):
        shares = () if found.probabilities is None else found.probabilities[i]
        writer.writerow([value, *(for_programs(share, 6) for share in shares)])
    return out.getvalue()
