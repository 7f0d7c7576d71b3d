"""`chainrule predict` of a run that learnt from something else than a table."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.cli.output.destination import write_result
from chainrule.cli.output.formatting import finite, json_text, printable, wrapped
from chainrule.errors import OptionError

if TYPE_CHECKING:
    from chainrule.domains.trained import Predicted

__all__ = ["predict_data"]


def predict_data(
    run: Path,
    kind: str,
    file: Path | None,
    given: Mapping[str, Any],
    *,
    json: bool,
    figures: str | None,
    output: Path | None,
) -> None:
    """Predict with a run of this kind; `given` are the options that were typed.

    Raises OptionError for those that the kind does not take.
    """
    from chainrule.cli.arguments.figure_formats import figure_formats
    from chainrule.domains.registry import domain, options_of
    from chainrule.domains.trained import Trained

    found, words = domain(kind), getattr(options_of(kind), "words", kind)
    file_written = output is not None and (output.is_file() or not output.exists())
    formats = figure_formats(figures, json=figures is None and not file_written)
    for name in given:
        if name not in found.predict_options:
            raise OptionError(
                f"--{name.replace('_', '-')}",
                expected=f"options for predictions of a run on {words}",
                got="one for other data",
                remedy="leave it out",
            )
    if file is None and not found.predicts_without_file:
        raise OptionError(
            "FILE",
            expected=f"a file of new data, for a run on {words}",
            got="none",
            remedy="name one after the run",
        )
    predicted = found.predict(Trained.read(run, found), file, **given)
    lines = wrapped(map(printable, predicted.notes))
    print("".join(f"{line}\n" for line in lines), end="", file=sys.stderr)
    write_result((_json if json else _csv)(predicted), output)
    _draw(predicted, formats, output or Path((file or run).name))


def _rows(predicted: Predicted) -> Iterable[tuple[Any, ...]]:
    return zip(*map(_plain, predicted.columns.values()), strict=True)


def _plain(column: Any) -> list[Any]:
    """A column as numbers and texts of Python."""
    return column.tolist() if hasattr(column, "tolist") else list(column)


def _csv(predicted: Predicted) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(predicted.columns)
    writer.writerows(_rows(predicted))
    return out.getvalue()


def _json(predicted: Predicted) -> str:
    columns = {name: _plain(column) for name, column in predicted.columns.items()}
    return json_text(finite({"predictions": columns, "notes": list(predicted.notes)}))


def _draw(predicted: Predicted, formats: tuple[str, ...], beside: Path) -> None:
    """Write the pictures next to a file, with its name in theirs."""
    if not formats or not predicted.figures:
        return
    from chainrule.train.figures import to_files

    for name, figure in predicted.figures.items():
        try:
            files = to_files(figure, formats)
        except Exception as error:  # matplotlib, its settings, fonts: anything
            reason = printable(f"{type(error).__name__}: {error}")[:200]
            print(f"note: the picture {name} could not be drawn ({reason})", file=sys.stderr)
            continue
        for ending, content in files.items():
            write_result(content, beside.with_name(f"{beside.stem}-{name}.{ending}"))
