"""`chainrule predict`: predict new rows with a trained network."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from chainrule.arguments import whole_number
from chainrule.cli.arguments.option_parameters import typed
from chainrule.cli.commands.predict_data import predict_data
from chainrule.cli.output.destination import check_output, write_result
from chainrule.cli.output.formatting import (
    MOST_NOTES,
    decimals,
    finite,
    json_text,
    printable,
    r_squared,
)
from chainrule.errors import OptionError

if TYPE_CHECKING:
    from chainrule.train.runs.predictor import Predictions, Predictor

__all__ = ["register"]

MEMORY_HELP = "What the table may take, such as 4GB.  [default: half of the machine's]"

HELP = """Predict with a trained run.

FILE is a CSV, Parquet, Arrow, JSON lines or Excel file with the columns the run was trained on, in
any order; others are ignored. Its cells are read as those of the training data were, unless options
say otherwise. Rows whose outputs are not finite are refused. The result is CSV: the columns of
--id, the prediction for each row, and for classes how probable each one is. Where the file has the
answers too, the predictions are scored.

Runs on other data than tables take files like those they were trained on.

\b
Examples:
  chainrule predict runs/houses-1 new.csv
  chainrule predict runs/houses-1 new.csv --id street,number -o predicted.csv
  chainrule predict runs/wine-1 new.csv --no-proba
  chainrule predict runs/ventas-1 nuevo.csv --delimiter ';' --decimal ,
  chainrule predict runs/prices-1 --horizon 20 -o forecast.csv
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("predict", help=HELP)(predict)


def predict(
    context: typer.Context,
    run: Path = typer.Argument(metavar="RUN", help="A run folder."),
    file: Path = typer.Argument(
        None, metavar="FILE", help="A file of rows, or of other data.", show_default=False
    ),
    output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help="Write to this file."),
    id: list[str] = typer.Option(
        [], "--id", metavar="COLUMN,…", help="Columns to carry through, as they stand in the file."
    ),
    proba: bool = typer.Option(
        None,
        "--proba/--no-proba",
        help="How probable each class is, a column for each.  [default: for classes]",
    ),
    json: bool = typer.Option(False, "--json", help="Print one JSON object for programs."),
    missing: list[str] = typer.Option(
        [], "--missing", metavar="MARK,…", help="Further cells that mean 'no value'."
    ),
    decimal: str = typer.Option(None, "--decimal", metavar=".|,", help="The decimal mark."),
    date_format: list[str] = typer.Option(
        [], "--date-format", metavar="FORMAT", help="How dates are written, such as %d/%m/%Y."
    ),
    encoding: str = typer.Option(None, "--encoding", metavar="NAME", help="Of a text file."),
    delimiter: str = typer.Option(
        None, "--delimiter", metavar="CHARACTER", help="Between cells: one character, tab or space."
    ),
    memory: str = typer.Option(None, "--memory", metavar="SIZE", help=MEMORY_HELP),
    horizon: int = typer.Option(
        None, "--horizon", metavar="N", help="Of a series: how many steps to forecast."
    ),
    beam: int = typer.Option(
        None, "--beam", metavar="N", help="Of pairs: the number of beginnings followed together."
    ),
    figures: str = typer.Option(
        None,
        "--figures",
        metavar="FORMATS",
        help="Of other data than tables: draw png, svg or png,svg, or none.  [default: png beside"
        " -o FILE]",
    ),
) -> None:
    from chainrule.domains.registry import domain_of_run
    from chainrule.train.data.reading.memory_limit import parse_size
    from chainrule.train.options import RunOptions, options_of
    from chainrule.train.runs.predictor import Predictor

    check_output(output)
    limit = None if memory is None else parse_size(memory)
    for name, count in (("horizon", horizon), ("beam", beam)):
        if count is not None:
            whole_number(f"--{name}", count, 1)
    given: dict[str, Any] = {
        "decimal": decimal,
        "encoding": encoding,
        "delimiter": delimiter,
        "missing": tuple(missing),
        "date_format": tuple(date_format),
    }
    for name, (_, option) in options_of(RunOptions).items():
        if name in given:
            given[name] = option.check(given[name])
    kind = domain_of_run(run)
    if kind != "table":
        every = {**given, "id": tuple(id), "proba": proba, "memory": limit}
        words = typed(context, every | {"horizon": horizon, "beam": beam})
        predict_data(run, kind, file, words, json=json, figures=figures, output=output)
        return
    for name, value in (("--horizon", horizon), ("--beam", beam), ("--figures", figures)):
        if value is not None:
            raise OptionError(
                name,
                expected="options for predictions of a run on a table",
                got="one for other data",
                remedy="leave it out",
            )
    if file is None:
        raise OptionError(
            "FILE",
            expected="a file of rows to predict",
            got="none",
            remedy="name one after the run",
        )
    predictor = Predictor(run)
    if proba and predictor.encoder.target.task == "regression":
        raise OptionError(
            "proba",
            expected="a run that predicts classes",
            got=f"one that predicts the numbers of {predictor.encoder.target.name!r}",
            remedy="leave --proba out",
        )
    found = predictor.predict(file, limit, ids=id, reading=predictor.reading.but(**given))
    result = (_json if json else _csv)(found, proba is not False)
    for line in (*_notes(found), *_scored(found, predictor)):
        print(line, file=sys.stderr)
    write_result(result, output)


def _notes(found: Predictions) -> Iterator[str]:
    from chainrule.train.data.preparation.unseen_categories import unseen_note

    for column, values in list(found.unseen.items())[:MOST_NOTES]:
        embedded = column in found.embedded
        note = unseen_note(
            column, values, found.unseen_rows[column], len(found.values), embedded=embedded
        )
        yield f"note: {printable(note)}"
    if (more := len(found.unseen) - MOST_NOTES) > 0:
        further = f"have {more:,} further columns" if more > 1 else "has one further column"
        yield f"note: so {further}"
    if found.ignored:
        names = ", ".join(map(repr, found.ignored[:6])) + ", …" * (len(found.ignored) > 6)
        yield f"note: ignored, since the training data had no such column: {printable(names)}"


def _scored(found: Predictions, predictor: Predictor) -> Iterator[str]:
    """How good the predictions are, where the file has the answers."""
    target = printable(f"`{predictor.encoder.target.name}`")
    if found.unscored:
        yield f"note: not scored by {target}: {printable(found.unscored)}"
    if (score := found.score) is None:
        return
    metric = f"R² {r_squared(score.metric)}"
    if score.name == "accuracy":
        metric = f"accuracy {100 * score.metric:.2f} %"
    weighted = predictor.options.class_weights is not None
    loss = f"loss {decimals(score.loss, 4)}" + " without class weights" * weighted
    of = f" of {score.rows + score.unanswered:,}" if score.unanswered else ""
    yield f"scored by {target} in {score.rows:,}{of} rows: {metric}, {loss}"
    if score.strange:
        s = "s" * (score.strange > 1)
        yield (
            f"note: {score.strange:,} row{s} of classes that were not trained, which count as"
            " mistakes and have no loss"
        )


def _json(found: Predictions, probable: bool) -> str:
    shares = None
    if probable and found.probabilities is not None:
        shares = found.probabilities.tolist()
    entries: dict[str, Any] = {
        "predictions": found.values,
        "classes": list(found.classes),
        "probabilities": shares,
        "unseen": {
            column: {"rows": found.unseen_rows[column], "values": list(values)}
            for column, values in found.unseen.items()
        },
        "ignored": list(found.ignored),
        "score": None if found.score is None else finite(found.score.to_dict()),
    }
    if found.ids:
        entries["ids"] = {name: list(texts) for name, texts in found.ids.items()}
    return json_text(entries)


def _csv(found: Predictions, probable: bool) -> str:
    from chainrule.formula.numbers import for_programs

    probabilities = found.probabilities if probable else None
    own = ["prediction"]
    own += [f"p({name})" for name in found.classes] if probabilities is not None else []
    if both := [name for name in found.ids if name in own]:
        raise OptionError(
            "id",
            expected="columns of other names than those of the result",
            got=repr(both[0]),
            remedy="rename it in the file, or take --json",
        )
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*found.ids, *own])
    carried = zip(*found.ids.values(), strict=True) if found.ids else [()] * len(found.values)
    for i, (texts, value) in enumerate(zip(carried, found.values, strict=True)):
        shares = () if probabilities is None else probabilities[i]
        writer.writerow([*texts, value, *(for_programs(share, 6) for share in shares)])
    return out.getvalue()
