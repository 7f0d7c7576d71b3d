"""`chainrule explain`: where every number of a gradient comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from chainrule.cli.output import check_output, chosen_format, deliver
from chainrule.cli.values import parse_values
from chainrule.errors import UnknownNameError

__all__ = ["register"]

HELP = """Work a gradient by hand: forward pass, backward pass, chain rule, update.

SOURCE is an expression with values for its names, or the name of a worked example
(`chainrule examples` lists them).

\b
Examples:
  chainrule explain "q = x + y; f = q * z" x=-2 y=5 z=-4
  chainrule explain "sigmoid(w*x + b)" w=2 x=-1 b=0.5 --wrt w --lr 0.1
  chainrule explain two-two-two --set w5=0.3 --digits 9
  chainrule explain max-gate --format json | python -m json.tool
  chainrule explain vanishing-chain -o notes.tex
  chainrule explain "-log(p)" p=0.3
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain", help=HELP)(explain)


def explain(
    source: str = typer.Argument(help="An expression, or the name of a worked example."),
    values: list[str] = typer.Argument(None, help="Values: x=-2 y=5 …", show_default=False),
    sets: list[str] = typer.Option([], "--set", metavar="NAME=VALUE", help="Change an input."),
    wrt: list[str] = typer.Option(
        [], "--wrt", metavar="NAME", help="With respect to what; may be repeated. [default: all]"
    ),
    learning_rate: float = typer.Option(
        None, "--lr", metavar="RATE", help="Add the update with this learning rate."
    ),
    steps: str = typer.Option(
        None,
        "--steps",
        metavar="gates|names",
        help="Every operation a step, or every named result.",
    ),
    digits: int = typer.Option(
        None, "--digits", help="Places after the point (not in JSON).  [default: 6]"
    ),
    format_: str = typer.Option(
        None, "--format", metavar="text|json|latex|html", help="Form of the output."
    ),
    json: bool = typer.Option(False, "--json", help="The same as --format json."),
    output: Path = typer.Option(None, "--output", "-o", help="Write to this file."),
) -> None:
    form = chosen_format("json" if json else format_, output)
    check_output(output)
    given = parse_values([*(values or []), *sets])
    options = {"wrt": wrt or None, "learning_rate": learning_rate, "steps": steps}
    if digits is not None:
        options["digits"] = digits
    deliver(_rendered(_worked(source, given, options), form), output)


def _worked(source: str, given: dict[str, Any], options: dict[str, Any]) -> Any:
    """The explanation of an expression, or of the example of that name."""
    from chainrule import gallery

    source = source.strip()
    if source in gallery.names():
        return gallery.get(source).work(given, **options)
    if _looks_like_a_name(source) and source not in given:
        raise UnknownNameError("example", source, gallery.names())
    from chainrule.explain import explain, read

    output = read(source, given, intermediates=options["steps"] != "names")
    return explain(output, title=source, **options)


def _looks_like_a_name(source: str) -> bool:
    return source.replace("-", "").replace("_", "").isalnum() and source[:1].isalpha()


def _rendered(result: Any, form: str) -> str:
    match form:
        case "json":
            return result.to_json()
        case "latex":
            return result.to_latex()
        case "html":
            head = '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>chainrule</title>'
            view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
            return f"{head}{view}\n{result._repr_html_()}</html>\n"
        case _:
            return str(result)
