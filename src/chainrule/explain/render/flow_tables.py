"""The flow of a gradient as tables, which HTML and LaTeX render alike."""

from __future__ import annotations

import math
from collections.abc import Iterator

from chainrule.explain.flow import GradientFlow
from chainrule.explain.flow.parts import EntryFlow, together
from chainrule.explain.render.layer_names import column_names, shortened
from chainrule.explain.render.table import Entry, Table
from chainrule.explain.render.time_table import time_table

__all__ = ["DIGITS", "LONGEST", "NEURONS", "tables"]

NEURONS = 5
"""The number of neurons listed for each layer: those with the largest share."""

DIGITS = 6
"""The most digits after the point: eight columns must fit side by side."""

LONGEST = 20
"""The most characters of the names of a layer."""


def tables(flow: GradientFlow) -> Iterator[Table]:
    """One table of all layers; then, for each entry, its neurons and its uses."""
    if flow.layers:
        every = together(flow.layers)
        start, end, by = (
            column_names([getattr(layer, of) for layer in (*flow.layers, every)], LONGEST)
            for of in ("start", "end", "by")
        )
        by[-1] = "all"
        rows = [
            (*names, layer.gain, layer.activation, layer.weights, layer.other, layer.norm)
            for *names, layer in zip(start, end, by, (*flow.layers, every), strict=True)
        ]
        yield Table(
            f"The norm of the gradient of {flow.output}, layer by layer from the output back:"
            " gain = activation × weights × rest.",
            ("from", "to", "weights of", "gain", "activation", "weights", "rest", "norm"),
            tuple(rows),
        )
    for recurrence in flow.recurrences:
        yield time_table(flow.output, recurrence)
    for entry in flow.entries:
        yield from _entry(flow.output, entry)


def _entry(output: str, entry: EntryFlow) -> Iterator[Table]:
    if entry.absolute and entry.levels:
        yield Table(
            f"How much of the gradient of {output} with respect to {entry.wrt} comes through each"
            " neuron: its paths' share of the sizes of all paths, and their sum.",
            ("layer", "neuron", "share", "sum"),
            tuple(_neurons(entry)),
        )
    if entry.uses:
        yield Table(
            f"What each use of {entry.wrt} contributes to its gradient, by its lag, counted from"
            " the output.",
            ("lag", "at", "contribution"),
            tuple(
                (str(use.lag), shortened(use.at, LONGEST), use.contribution) for use in entry.uses
            ),
        )


def _neurons(entry: EntryFlow) -> Iterator[tuple[Entry, ...]]:
    for level in entry.levels:
        name = shortened(level.names, LONGEST)
        for neuron in level.neurons[:NEURONS]:
            yield name, neuron.name, neuron.absolute / entry.absolute, neuron.signed
        others = level.neurons[NEURONS:]
        if others:
            share = math.fsum(neuron.absolute for neuron in others) / entry.absolute
            yield name, f"{len(others)} more", share, math.fsum(n.signed for n in others)
