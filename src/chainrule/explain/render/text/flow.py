"""The flow of a gradient as plain text: at most 80 columns, no colour."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chainrule.explain.flow import GradientFlow
from chainrule.explain.flow.parts import EntryFlow, FactorKind, LayerGain, LevelFlow, together
from chainrule.explain.render.flow_tables import DIGITS, LONGEST, NEURONS
from chainrule.explain.render.layer_names import all_differ, column_names, shortened
from chainrule.explain.render.text.lines import WIDTH, aligned, heading, title_lines, wrapped
from chainrule.explain.render.time_table import time_table
from chainrule.formula.numbers import NumberStyle, NumberWriter, column_of

__all__ = ["text"]

FITS = [(longest, digits) for longest in (LONGEST, 16, 10) for digits in (DIGITS, 5, 4, 3)]
"""Widths of the names and digits of the numbers; the first pair that fits is used."""

PATHS = [(longest, digits) for longest in (24, 20, 16, 14, 12) for digits in (5, 4, 3)]
"""The same for names that would be written alike: without the column "from"."""

FEW = 24
"""Up to this many factors are listed one by one."""

BAR = 24
"""Width of the longest bar, in columns."""


def text(flow: GradientFlow) -> str:
    """Write the table of layers, then the flow through each entry."""
    return "\n".join(_lines(flow)) + "\n"


def _lines(flow: GradientFlow) -> Iterator[str]:
    if flow.title:
        yield from title_lines(flow.title)
        yield ""
    number = NumberWriter(flow.style)
    yield from _over_time(flow) if flow.recurrences else _by_layer(flow)
    for entry in flow.entries:
        yield ""
        yield from _entry(flow.output, entry, number)
        if entry.uses:
            yield ""
            yield from _uses(entry, number)


def _over_time(flow: GradientFlow) -> Iterator[str]:
    for i, recurrence in enumerate(flow.recurrences):
        table = time_table(flow.output, recurrence)
        yield from [""] * (i > 0)
        sentence = table.caption[0].lower() + table.caption[1:-1]  # as in the other headings
        yield from heading("OVER TIME", sentence)
        for digits in (DIGITS, 5, 4, 3):
            number = NumberWriter(_at_most(flow.style, digits))
            columns = zip(*table.rows, strict=True)
            written = [column_of(column, number.column, _word) for column in columns]
            lines = aligned(table.headers, zip(*written, strict=True), total=len(table.rows) > 2)
            if max(map(len, lines)) <= WIDTH:
                break
        yield from lines


def _word(entry: object) -> str:
    return "–" if entry is None else str(entry)


def _by_layer(flow: GradientFlow) -> Iterator[str]:
    yield from heading(
        "SHRINKAGE AND GROWTH",
        f"the norm of the gradient of {flow.output}, layer by layer from the output back;"
        " gain = activation × weights × rest",
    )
    yield from _layers(flow)
    yield from _steps(flow, NumberWriter(_at_most(flow.style, DIGITS)))


# layers


def _layers(flow: GradientFlow) -> Iterator[str]:
    if not flow.layers:
        yield f"  {flow.output} is made from variables in one step: there are no layers"
        return
    every = together(flow.layers)
    lines, number, longest = list[str](), NumberWriter(flow.style), LONGEST
    for longest, digits in FITS:
        number = NumberWriter(_at_most(flow.style, digits))
        lines = _table(flow.layers, every, longest, number)
        if max(map(len, lines)) <= WIDTH:
            break
    if not _all_named_differently([*flow.layers, every], longest):
        for longest, digits in PATHS:
            finer = NumberWriter(_at_most(flow.style, digits))
            found = _table(flow.layers, every, longest, finer, paths=True)
            if max(map(len, found)) <= max(WIDTH, max(map(len, lines))):
                lines, number = found, finer
                break
    yield from lines
    if every.gain is not None and len(flow.layers) > 1:
        gains = ["–" if layer.gain is None else number(layer.gain) for layer in flow.layers]
        factors = " · ".join(gains) if len(gains) <= 12 else f"the {len(gains)} gains"
        end = shortened(every.end, LONGEST)
        yield from wrapped(
            f"{factors} = {number(every.norm)}, the norm at {end}; at {flow.output} it is 1",
            2,
            4,
        )


def _at_most(style: NumberStyle, digits: int) -> NumberStyle:
    most = None if style.significant is None else min(style.significant, digits)
    return replace(style, digits=min(style.digits, digits), significant=most)


def _all_named_differently(layers: Sequence[LayerGain], longest: int) -> bool:
    columns = ([getattr(layer, of) for layer in layers] for of in ("end", "by"))
    return all(all_differ(rows, [shortened(names, longest) for names in rows]) for rows in columns)


def _table(
    layers: Sequence[LayerGain],
    every: LayerGain,
    longest: int,
    number: NumberWriter,
    paths: bool = False,
) -> list[str]:
    """The lines of the table; with `paths`, names stay different, and rows do not say "from"."""
    header = ("from", "to", "weights of", "gain", "activation", "weights", "rest", "norm")
    rows = (*layers, every) if len(layers) > 1 else layers
    numbers = (
        [layer.gain for layer in rows],
        [layer.activation for layer in rows],
        [layer.weights for layer in rows],
        [layer.other for layer in rows],
        [layer.norm for layer in rows],
    )
    cells = zip(
        *(column_of(column, number.column, lambda _: "–") for column in numbers), strict=True
    )
    columns = [[getattr(layer, of) for layer in rows] for of in ("start", "end", "by")]
    if paths:
        header, columns = header[1:], columns[1:]
    names = [
        column_names(column, longest) if paths else [shortened(one, longest) for one in column]
        for column in columns
    ]
    left = len(names)
    if len(layers) > 1:
        names[-1][-1] = "all"
    rows = [(*row[:-1], *row[-1]) for row in zip(*names, cells, strict=True)]
    return aligned(header, rows, left, total=len(layers) > 1)


def _steps(flow: GradientFlow, number: NumberWriter) -> Iterator[str]:
    """List the factors one by one, if layers have several and there are few in all."""
    steps = [(step, layer) for layer in flow.layers for step in layer.steps]
    if len(steps) == len(flow.layers) or len(steps) > FEW:
        return
    yield ""
    yield from heading("FACTOR BY FACTOR", "each norm is the one before times the factor")
    rows: list[tuple[str, ...]] = []
    factors = _one_style([step.factor for step, _ in steps if step.factor is not None], number)
    norms = _one_style([step.norm for step, _ in steps], number)
    for step, layer in steps:
        loss = layer is flow.layers[0] and layer.activation is layer.weights is None
        kind = "rest" if loss or step.kind is FactorKind.OTHER else step.kind.value
        link = f"{shortened(step.start, LONGEST)} → {shortened(step.end, LONGEST)}"
        factor = "–" if step.factor is None else f"× {factors[step.factor]}"
        rows.append((link, factor, norms[step.norm], f"{kind} {', '.join(step.by)}".rstrip()))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        link, factor, norm, kind = (c.ljust(w) for c, w in zip(row, widths, strict=True))
        yield from wrapped(f"{link}  {factor}  = {norm}  {kind}".rstrip(), 2, 6)


def _one_style(values: Sequence[float], number: NumberWriter) -> dict[float, str]:
    """Numbers below each other, each as in a formula, unless only some would be powers of ten."""
    written = [number(value) for value in values]
    if 0 < sum("·" in one for one in written) < len(written):
        written = number.column(values)
    return dict(zip(values, written, strict=True))


# neurons


def _entry(output: str, entry: EntryFlow, number: NumberWriter) -> Iterator[str]:
    yield from heading(
        "FLOW",
        f"how much of ∂{output}/∂{entry.wrt} = {number(entry.gradient)} comes through each neuron:"
        f" its paths' share of the sizes of all paths, {number(entry.absolute)}, and their sum",
    )
    if not entry.absolute:
        yield "  the product along every path is 0: nothing comes through any neuron"
    elif not entry.levels:
        yield "  everything comes through each result between: there is one way only"
    for level in entry.levels if entry.absolute else ():
        yield from _level(level, entry, number)


def _level(level: LevelFlow, entry: EntryFlow, number: NumberWriter) -> Iterator[str]:
    neurons = level.neurons
    reached = f"{number.count(len(neurons))} neuron{'s' * (len(neurons) != 1)} reached"
    yield from wrapped(f"{', '.join(level.names)}: {reached}", 2, 4)
    shown = neurons if len(neurons) <= NEURONS + 1 else neurons[:NEURONS]
    others = neurons[len(shown) :]
    rows = [(neuron.name, neuron.absolute, neuron.signed) for neuron in shown]
    if others:
        absolute, signed = (
            math.fsum(getattr(n, of) for n in others) for of in ("absolute", "signed")
        )
        rows.append((f"{number.count(len(others))} more", absolute, signed))
    yield from _bars(
        [(name, size / (entry.absolute or 1), sum_) for name, size, sum_ in rows], number
    )


def _uses(entry: EntryFlow, number: NumberWriter) -> Iterator[str]:
    yield from heading(
        "USES",
        f"{entry.wrt} is used {len(entry.uses)} times: what each use contributes to the gradient,"
        " by its lag, counted from the output",
    )
    largest = max(abs(use.contribution) for use in entry.uses) or 1.0
    names = (f"lag {use.lag}  {', '.join(use.at)}" for use in entry.uses)
    rows = [
        (name, abs(use.contribution) / largest, use.contribution)
        for name, use in zip(names, entry.uses, strict=True)
    ]
    yield from _bars(rows, number, shares=False)
    yield f"    sum {number(entry.gradient)}"


def _bars(
    rows: Sequence[tuple[str, float, float]], number: NumberWriter, shares: bool = True
) -> Iterator[str]:
    """One line per row: its name, its share of 1 as a bar and in percent, and a number."""
    width = min(max((len(name) for name, _, _ in rows), default=0), LONGEST + 10)
    values = number.column([value for *_, value in rows])
    for (name, share, _), value in zip(rows, values, strict=True):
        bar = "█" * round(BAR * share) or ("▏" if share else "")
        part = f"{number.percent(share):>9}  " if shares else ""
        yield f"    {name.ljust(width)}  {bar.ljust(BAR)} {part}{value:>12}"
