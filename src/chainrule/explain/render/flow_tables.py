"""The flow of a gradient as tables, which HTML and LaTeX render alike."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chainrule.explain.flow import EntryFlow, GradientFlow, LayerGain, together

__all__ = ["DIGITS", "LONGEST", "NEURONS", "Entry", "Table", "shortened", "tables"]

NEURONS = 5
"""The number of neurons listed for each layer: those with the largest share."""

DIGITS = 6
"""The most digits after the point: eight columns must fit side by side."""

LONGEST = 20
"""The most characters of the names of a layer."""

Entry = str | float | None
"""An entry of a table; renderers format the numbers."""


@dataclass(frozen=True)
class Table:
    """Rows under headers, with a sentence above; None marks an entry that does not exist."""

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Entry, ...], ...]


def tables(flow: GradientFlow) -> Iterator[Table]:
    """One table of all layers; then, for each entry, its neurons and its uses."""
    if flow.layers:
        every = together(flow.layers)
        rows = [_layer(layer, shortened(layer.by)) for layer in flow.layers]
        yield Table(
            f"The norm of the gradient of {flow.output}, layer by layer from the output back:"
            " gain = activation × weights × rest.",
            ("from", "to", "weights of", "gain", "activation", "weights", "rest", "norm"),
            (*rows, _layer(every, "all")),
        )
    for entry in flow.entries:
        yield from _entry(flow.output, entry)


def _layer(layer: LayerGain, by: str) -> tuple[Entry, ...]:
    start, end = shortened(layer.start), shortened(layer.end)
    factors = (layer.gain, layer.activation, layer.weights, layer.other)
    return (start, end, by, *factors, layer.norm)


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
            tuple((str(use.lag), shortened(use.at), use.contribution) for use in entry.uses),
        )


def _neurons(entry: EntryFlow) -> Iterator[tuple[Entry, ...]]:
    for level in entry.levels:
        name = shortened(level.names)
        for neuron in level.neurons[:NEURONS]:
            yield name, neuron.name, neuron.absolute / entry.absolute, neuron.signed
        others = level.neurons[NEURONS:]
        if others:
            share = math.fsum(neuron.absolute for neuron in others) / entry.absolute
            yield name, f"{len(others)} more", share, math.fsum(n.signed for n in others)


def shortened(names: Sequence[str], longest: int = LONGEST) -> str:
    """The names joined, or only the first one, or the end of one that is too long.

    >>> shortened(["h1", "h2"]), shortened(["h1", "h2"], 5), shortened(["layers.0.weight"], 9)
    ('h1, h2', 'h1 …', '…0.weight')
    """
    joined = ", ".join(names)
    if len(joined) > longest and len(names) > 1:
        joined = f"{names[0]} …"
    return joined if len(joined) <= longest else f"…{joined[1 - longest :]}"
