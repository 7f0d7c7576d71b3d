"""`chainrule explain`: show where every number of a gradient comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from chainrule.cli.arguments.named_values import parse_number, parse_values
from chainrule.cli.arguments.names import parse_names
from chainrule.cli.commands.explain_flow import check_flow_options, flow_of, render_flow
from chainrule.cli.commands.explain_source import explanation_of
from chainrule.cli.output.conversion import (
    check_converter,
    html_to_pdf,
    latex_to_pdf,
    svg_to_pdf,
    svg_to_png,
)
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
  chainrule explain "sigmoid(w·x + b)" w=2 x=-1 b=1/2 --wrt w,b --lr 0.1
  chainrule explain "(σ(w₁·x) − t)²" w₁=2 x=-1 t=1 --lr 0.1 --repeat 5
  chainrule explain "(w·x − t)² + λ·w²" w=2 x=3 t=1 λ=0.1 --lr 0.1 --learn w
  chainrule explain "-log(p)" p=0.3
  chainrule explain two-two-two --set w5=0.3 --digits 9
  chainrule explain two-two-two --wrt w1 --paths 5
  chainrule explain two-two-two -o page.html
  chainrule explain two-two-two -o graph.svg
  chainrule explain two-two-two --wrt w5 --title "Weight 5" -o w5.pdf
  chainrule explain two-two-two --edges weight -o network.svg
  chainrule explain vanishing-chain -o notes.tex
  chainrule explain vanishing-chain --flow -o flow.svg
  chainrule explain lstm-by-hand --flow --over-time
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
        [],
        "--wrt",
        metavar="NAMES",
        help="With respect to what, such as x,y; shows only what leads to it. [default: all]",
    ),
    samples: list[str] = typer.Option(
        [],
        "--sample",
        metavar="ROW",
        help="Of a run: which held-out row, or range of rows such as 0-31; may be repeated."
        "  [default: the one with the largest loss]",
    ),
    member: int = typer.Option(
        None, "--member", metavar="N", help="Of an ensemble: which network.  [default: 1]"
    ),
    learning_rate: str = typer.Option(
        None, "--lr", metavar="RATE", help="Add the update with this learning rate."
    ),
    learn: list[str] = typer.Option(
        [],
        "--learn",
        metavar="NAMES",
        help="What the update changes, such as w,b.  [default: all but inputs x… i… and targets"
        " t… y… of a network]",
    ),
    fixed: list[str] = typer.Option(
        [], "--inputs", metavar="NAMES", help="What the update leaves as it is, such as x1,x2,t."
    ),
    repeat: int = typer.Option(
        None, "--repeat", metavar="N", help="Make the update N times, and show it as a table."
    ),
    title: str = typer.Option(None, "--title", metavar="TEXT", help="A title of your own."),
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
        metavar="text|json|latex|html|svg|png|pdf",
        help="Form of the output, where the ending of -o FILE does not say it.",
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
        help="Show each gradient as a sum over paths too, the K largest one by one.",
    ),
    flow: bool = typer.Option(
        False,
        "--flow",
        help="Show instead how the gradient shrinks and grows from layer to layer; with --wrt, how"
        " much of it comes through each neuron too.",
    ),
    over_time: bool = typer.Option(
        False,
        "--over-time",
        help="With --flow, of a recurrent network: from step to step back in time instead.",
    ),
    full: bool = typer.Option(
        False,
        "--full",
        help="Of a large network: every step and all paths, however long that takes.",
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
        help="Write to this file, in the form of its ending: .tex, .html, .pdf, .svg, …",
    ),
) -> None:
    implied = "latex" if fragment else "svg" if edges else None
    form = choose_format("json" if json else format_ or (None if output else implied), output)
    for option, value, forms in (
        ("fragment", fragment, ("latex",)),
        ("edges", edges, ("svg", "png", "pdf")),
    ):
        if value and form not in forms:
            raise OptionError(
                option,
                expected=f"the form {forms[0]}",
                got=form,
                remedy=f"leave --{option} out, or add --format {forms[0]}",
            )
    if form in ("pdf", "png") and output is None:
        raise OptionError(
            "output",
            expected=f"a file for the {form.upper()}",
            got="none",
            remedy=f"add -o {'flow' if flow else 'graph'}.{form}",
        )
    if over_time and not flow:
        raise OptionError("--over-time", expected="--flow with it", got="none", remedy="add --flow")
    check_output(output)
    if form == "pdf" or not flow:
        check_converter(form, drawing=bool(edges))
    inputs = parse_values([*(values or []), *sets])
    options: dict[str, Any] = {
        "wrt": parse_names(wrt) or None,
        "learning_rate": None if learning_rate is None else parse_number("--lr", learning_rate),
        "steps": steps,
        "samples": samples,
    }
    for name, value in (
        ("learn", parse_names(learn) or None),
        ("inputs", parse_names(fixed) or None),
        ("repeat", repeat),
        ("title", title),
        ("digits", digits),
        ("significant", significant),
        ("rounding", rounding),
        ("round_intermediate", round_intermediate),
        ("decimal_comma", decimal_comma or None),
        ("full", full or None),
        ("member", member),
    ):
        if value is not None:
            options[name] = value
    if paths is not None:
        options["paths"] = paths
    if engine is not None:
        options["engine"] = engine
    if flow:
        check_flow_options(edges, options)
        found = flow_of(source, inputs, options, over_time)
        write_result(render_flow(found, form, fragment, neurons=bool(wrt)), output)
    else:
        found = explanation_of(source, inputs, options)
        write_result(_render(found, form, fragment, edges), output)


def _render(result: Any, form: str, fragment: bool, edges: str | None) -> str | bytes:
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
            return svg_to_png(result.to_svg(edges))
        case "pdf" if edges:
            return svg_to_pdf(result.to_svg(edges))
        case "pdf":
            return latex_to_pdf(result.to_latex()) or html_to_pdf(result.to_html())
        case _:
            return str(result)
