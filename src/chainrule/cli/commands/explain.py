"""`chainrule explain`: show where every number of a gradient comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from chainrule.cli.arguments.named_values import parse_values
from chainrule.cli.commands.explain_flow import check_flow_options, flow_of, render_flow
from chainrule.cli.commands.explain_source import explanation_of
from chainrule.cli.output.destination import check_output, choose_format, write_result
from chainrule.errors import OptionError

__all__ = ["register"]

HELP = """Work a gradient by hand: forward pass, backward pass, chain rule, update.

SOURCE is an expression with values for its names, the name of a worked example
(`chainrule examples` lists them), or a run folder that `chainrule train` made: then the
gradient of one weight for one held-out row is explained, or for the mean loss of several.

\b
Examples:
  chainrule explain "q = x + y; f = q * z" x=-2 y=5 z=-4
  chainrule explain "sigmoid(w*x + b)" w=2 x=-1 b=0.5 --wrt w --lr 0.1
  chainrule explain "-log(p)" p=0.3
  chainrule explain two-two-two --set w5=0.3 --digits 9
  chainrule explain two-two-two --wrt w1 --paths 5
  chainrule explain two-two-two -o page.html
  chainrule explain two-two-two -o graph.svg
  chainrule explain two-two-two --edges weight -o network.svg
  chainrule explain vanishing-chain -o notes.tex
  chainrule explain vanishing-chain --flow -o flow.svg
  chainrule explain max-gate --json | python -m json.tool
  chainrule explain runs/digits-1
  chainrule explain runs/digits-1 --sample 3 --wrt "layers.0.weight[5, 30]"
  chainrule explain runs/digits-1 --sample 0-31 --flow
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("explain", help=HELP)(explain)


def explain(
    source: str = typer.Argument(
        metavar="SOURCE", help="An expression, a worked example, or a run folder."
    ),
    values: list[str] = typer.Argument(
        None, metavar="VALUES", help="Of an expression: x=-2 y=5 …", show_default=False
    ),
    sets: list[str] = typer.Option([], "--set", metavar="NAME=VALUE", help="Change an input."),
    wrt: list[str] = typer.Option(
        [], "--wrt", metavar="NAME", help="With respect to what; may be repeated. [default: all]"
    ),
    samples: list[str] = typer.Option(
        [],
        "--sample",
        metavar="ROW",
        help="Of a run: which held-out row, or range of rows such as 0-31; may be repeated."
        "  [default: the one with the largest loss]",
    ),
    learning_rate: float = typer.Option(
        None, "--lr", metavar="RATE", help="Add the update with this learning rate."
    ),
    steps: str = typer.Option(
        None,
        "--steps",
        metavar="gates|names",
        help="Every operation a step, or every named result only.",
    ),
    digits: int = typer.Option(
        None, "--digits", metavar="N", help="Places after the point (not in JSON).  [default: 6]"
    ),
    significant: int = typer.Option(
        None, "--significant", metavar="N", help="Significant digits, in place of --digits."
    ),
    rounding: str = typer.Option(
        None,
        "--round",
        metavar="half-even|half-up",
        help="Where a number is halfway: to the even digit, or up.  [default: half-even]",
    ),
    round_intermediate: int = typer.Option(
        None,
        "--round-intermediate",
        metavar="N",
        help="Round each computed number to N digits before it is used, as by hand, and say how far"
        " off that leads.",
    ),
    decimal_comma: bool = typer.Option(
        False, "--decimal-comma", help="0,5 in place of 0.5; lists are separated by semicolons."
    ),
    format_: str = typer.Option(
        None,
        "--format",
        metavar="text|json|latex|html|svg|png",
        help="Form of the output, where -o FILE does not tell; png for --flow only.",
    ),
    json: bool = typer.Option(False, "--json", help="The same as --format json."),
    fragment: bool = typer.Option(
        False, "--fragment", help="LaTeX to include in a document of your own."
    ),
    edges: str = typer.Option(
        None,
        "--edges",
        metavar="weight|gradient",
        help="Draw the network in columns of neurons, lines as wide as these are large (SVG).",
    ),
    paths: int = typer.Option(
        None,
        "--paths",
        metavar="K",
        help="Tell each gradient as a sum over paths too, the K largest one by one.",
    ),
    flow: bool = typer.Option(
        False,
        "--flow",
        help="Tell instead how the gradient shrinks and grows from layer to layer; with --wrt, how"
        " much of it comes through each neuron too.",
    ),
    engine: str = typer.Option(
        None,
        "--engine",
        metavar="compiled|reference",
        help="What trains a worked example that is trained.  [default: compiled]",
    ),
    output: Path = typer.Option(
        None,
        "--output",
        "-o",
        metavar="FILE",
        help="Write to this file, in the form of its ending: .tex, .html, .svg, .json, …",
    ),
) -> None:
    implied = "latex" if fragment else "svg" if edges else None
    form = choose_format("json" if json else format_ or (None if output else implied), output)
    for option, value, only in (("fragment", fragment, "latex"), ("edges", edges, "svg")):
        if value and form != only:
            raise OptionError(
                option,
                expected=f"the form {only}",
                got=form,
                remedy=f"leave --{option} out, or add --format {only}",
            )
    check_output(output)
    inputs = parse_values([*(values or []), *sets])
    options: dict[str, Any] = {
        "wrt": wrt or None,
        "learning_rate": learning_rate,
        "steps": steps,
        "samples": samples,
    }
    for name, value in (
        ("digits", digits),
        ("significant", significant),
        ("rounding", rounding),
        ("round_intermediate", round_intermediate),
        ("decimal_comma", decimal_comma or None),
    ):
        if value is not None:
            options[name] = value
    if paths is not None:
        options["paths"] = paths
    if engine is not None:
        options["engine"] = engine
    if flow:
        check_flow_options(form, edges, options, output)
        found = flow_of(source, inputs, options)
        write_result(render_flow(found, form, fragment, neurons=bool(wrt)), output)
    else:
        found = explanation_of(source, inputs, options)
        write_result(_render(found, form, fragment, edges), output)


def _render(result: Any, form: str, fragment: bool, edges: str | None) -> str:
    match form:
        case "json":
            return result.to_json()
        case "latex":
            return result.to_latex(document=not fragment)
        case "html":
            return result.to_html()
        case "svg":
            return result.to_svg(edges)
        case "png":
            raise OptionError(
                "format",
                expected="text, json, latex, html or svg",
                got="png",
                remedy="add --flow for a picture of the gradient's flow",
            )
        case _:
            return str(result)
