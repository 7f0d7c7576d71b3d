"""`chainrule explain --flow`: where a gradient shrinks and grows, by layer, neuron or time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chainrule.cli.arguments.run_samples import is_run
from chainrule.cli.commands.explain_source import explanation_of, record_run
from chainrule.cli.output.conversion import html_to_pdf, latex_to_pdf
from chainrule.errors import OptionError

if TYPE_CHECKING:
    from chainrule.explain import Flow

__all__ = ["check_flow_options", "flow_of", "render_flow"]


def check_flow_options(edges: str | None, options: dict[str, Any]) -> None:
    """Raise OptionError for options that have no meaning with --flow."""
    for option, value in (
        ("--edges", edges),
        ("--paths", options.get("paths")),
        ("--lr", options["learning_rate"]),
        ("--learn", options.get("learn")),
        ("--inputs", options.get("inputs")),
        ("--repeat", options.get("repeat")),
        ("--round-intermediate", options.get("round_intermediate")),
    ):
        if value is not None:
            raise OptionError(
                option, expected="an explanation", got="--flow", remedy="leave one of them out"
            )


def flow_of(
    source: str, values: dict[str, Any], options: dict[str, Any], over_time: bool = False
) -> Flow:
    """The flow of the gradient that `explanation_of` would explain.

    Raises OptionError where it is asked for `over_time`, and nothing is repeated in time.
    """
    try:
        return _flow_of(source, values, options, over_time)
    except OptionError as error:
        if error.where != "flow over time":
            raise
        raise OptionError(
            "--over-time",
            expected="a network with a recurrence, such as an RNN, LSTM or GRU",
            got=f"{source.strip()}, which has none"[:200],
            remedy="leave it out: --flow alone goes from layer to layer",
        ) from None


def _flow_of(source: str, values: dict[str, Any], options: dict[str, Any], over_time: bool) -> Flow:
    from chainrule import gallery
    from chainrule.explain import Explanation, flow

    samples, wrt, steps = options["samples"], options["wrt"], options["steps"]
    if "engine" not in options and (samples or is_run(source.strip(), values)):
        run = record_run(source.strip(), samples, wrt or (), values, options.get("member"))
        title = options.get("title") or run.about[0].upper() + run.about[1:]
        wrt = run.wrt if wrt else None
        shown: dict[str, Any] = _numbers(options) | {"over_time": over_time}
        found = flow(run.loss, wrt, steps=steps, title=title, **shown)
        return replace(found, entries=tuple(map(run.labels.entry_flow, found.entries)))
    if over_time and source.strip() in gallery.names():
        example = gallery.get(source.strip())
        title = options.get("title") or f"{example.name}: {example.summary}"
        numbers: dict[str, Any] = {"digits": example.digits} | _numbers(options)
        record = example.recurrence(values)
        return flow(record, wrt, steps=steps, title=title, over_time=True, **numbers)
    explained = explanation_of(source, values, options)
    main, title = explained, source.strip()
    if not isinstance(explained, Explanation):  # the report of a worked example
        main, title = explained.main, f"{explained.name}: {explained.title}"
        steps = steps or gallery.get(explained.name).steps
    title = options.get("title") or title
    inputs = [chain.wrt for chain in main.derivation.chains]
    numbers = _numbers(options) | {"digits": main.digits, "over_time": over_time}
    return flow(main.record, wrt, inputs=inputs, steps=steps, title=title, **numbers)


def _numbers(options: dict[str, Any]) -> dict[str, Any]:
    names = ("digits", "significant", "rounding", "decimal_comma", "full")
    return {name: options[name] for name in names if name in options}


def render_flow(flow: Flow, form: str, fragment: bool, neurons: bool) -> str | bytes:
    """Write the flow in one form.

    Pictures show the layers or the steps of time, or the `neurons` of one entry.
    """
    match form:
        case "json":
            return flow.to_json()
        case "latex":
            return flow.to_latex(document=not fragment)
        case "html":
            return flow.to_html(_picture(flow, "svg", neurons) if _drawable(flow, neurons) else b"")
        case "pdf":
            page = flow.to_html(_picture(flow, "svg", neurons) if _drawable(flow, neurons) else b"")
            return latex_to_pdf(flow.to_latex()) or html_to_pdf(page)
        case "svg" | "png":
            return _picture(flow, form, neurons)
        case _:
            return str(flow)


def _drawable(flow: Flow, neurons: bool) -> bool:
    """Whether a page can have a picture; otherwise it has only tables."""
    if flow.recurrences:
        return True
    if not neurons:
        return bool(flow.layers)
    return len(flow.entries) == 1 and bool(flow.entries[0].levels and flow.entries[0].absolute)


def _picture(flow: Flow, form: str, neurons: bool) -> bytes:
    from chainrule.train import figures

    if neurons and len(flow.entries) != 1 and not flow.recurrences:
        raise OptionError(
            "wrt",
            expected="one entry to draw",
            got=f"{len(flow.entries)}",
            remedy='name one, such as --wrt "w1[0, 0]", or none for the layers',
        )
    if flow.recurrences:
        figure = figures.over_time(flow)
    elif neurons:
        figure = figures.neurons(flow.entries[0], flow.output)
    else:
        figure = figures.shrinkage(flow)
    return figures.to_png(figure) if form == "png" else figures.to_svg(figure)
