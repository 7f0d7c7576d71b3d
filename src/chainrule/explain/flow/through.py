"""The flow of one entry's gradient: what comes through each neuron, and by each use of it.

The flow through a neuron is the sum of the products of all paths through it: signed, what would be
missing from the gradient without them; absolute, with each product by its size.  The paths through
a neuron are those from the parameter to it, each followed by each of those to the output.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.explain.entries.cells import Cell, entry, flat
from chainrule.explain.entries.jacobians import Link, jacobians
from chainrule.explain.entries.sparse import Sparse
from chainrule.explain.entries.symbolic import entry_name
from chainrule.explain.entries.units import Unit
from chainrule.explain.flow.levels import levels
from chainrule.graph import Array, Graph, Node

__all__ = ["EntryFlow", "LevelFlow", "Neuron", "Use", "entry_flow"]


@dataclass(frozen=True)
class Neuron:
    """What flows through one entry of a result."""

    name: str
    signed: float
    absolute: float


@dataclass(frozen=True)
class LevelFlow:
    """The neurons of one layer that any gradient flows through, largest absolute flow first."""

    names: tuple[str, ...]
    neurons: tuple[Neuron, ...]


@dataclass(frozen=True)
class Use:
    """What a parameter contributes where it is used: `lag` counts those uses from the output."""

    lag: int
    at: tuple[str, ...]
    contribution: float


@dataclass(frozen=True)
class EntryFlow:
    """How the gradient of one entry is made up.

    gradient  the sum of the products of all paths
    absolute  the sum of their sizes
    levels    the layers between, from the output back
    uses      where the entry is used more than once: what each use contributes, the one nearest to
              the output first; in an unrolled recurrent network that is by time lag
    """

    wrt: str
    gradient: float
    absolute: float
    levels: tuple[LevelFlow, ...]
    uses: tuple[Use, ...]


def entry_flow(graph: Graph, units: Mapping[Node, Unit], cell: Cell) -> EntryFlow:
    """The flow of ∂output/∂cell."""
    output = graph.outputs[0]
    found = jacobians(units, output, {cell.node: np.array([flat(cell)])})
    signed = _Flow(found.links, cell, output, sizes=False)
    absolute = _Flow(found.links, cell, output, sizes=True)
    names = {node: unit.name for node, unit in units.items()}
    selected = _told(found.links, cell.node, output)
    return EntryFlow(
        wrt=entry_name(names[cell.node], cell.index),
        gradient=signed.whole,
        absolute=absolute.whole,
        levels=tuple(_level(nodes, signed, absolute, names) for nodes in selected),
        uses=tuple(_uses(found.links, cell, signed, output, units)),
    )


class _Flow:
    """Sums of products from the entry to all others, and from these to the output."""

    def __init__(self, links: Sequence[Link], cell: Cell, output: Node, sizes: bool) -> None:
        self.to_output = {output: np.ones(output.spec.size)}
        self.from_entry = {cell.node: np.zeros(cell.node.spec.size)}
        self.from_entry[cell.node][flat(cell)] = 1.0
        for link in links:
            local = abs(link.local.scipy) if sizes else link.local.scipy
            _add(self.from_entry, link.consumer, local @ self.from_entry[link.source])
        for link in reversed(links):
            local = abs(link.local.scipy) if sizes else link.local.scipy
            _add(self.to_output, link.source, local.T @ self.to_output[link.consumer])
        self.whole = float(self.through(output)[0])

    def through(self, node: Node) -> Array:
        """For each entry of a result."""
        return self.from_entry[node] * self.to_output[node]


def _add(sums: dict[Node, Array], node: Node, part: Array) -> None:
    sums[node] = sums[node] + part if node in sums else part


def _told(links: Iterable[Link], start: Node, output: Node) -> list[list[Node]]:
    """The layers between, from the output back.

    What passes from one entry to one other and nowhere else, as to an activation and from it, is
    selected where it arrives.
    """
    leaving: dict[Node, list[Link]] = defaultdict(list)
    arriving: dict[Node, list[Link]] = defaultdict(list)
    for link in links:
        leaving[link.source].append(link)
        arriving[link.consumer].append(link)
    selected: dict[Node, Node] = {output: output}
    made: dict[Node, dict[Node, None]] = {output: {}}
    for link in reversed(list(links)):
        node = link.source
        if node in selected:
            continue
        alone = len(leaving[node]) == len(arriving[link.consumer]) == 1 and _one_to_one(link.local)
        selected[node] = selected[link.consumer] if alone and node is not start else node
        made.setdefault(selected[node], {})
    for link in links:
        if selected[link.source] is not selected[link.consumer]:
            made[selected[link.consumer]][selected[link.source]] = None
    order = dict.fromkeys([start, *(link.consumer for link in links)])
    return levels({node: made[node] for node in order if node in made}, output)[1:-1]


def _one_to_one(local: Sparse) -> bool:
    rows = local.counts.max(initial=0)
    return rows <= 1 and len(np.unique(local.indices)) == local.nnz


def _level(nodes: list[Node], signed: _Flow, absolute: _Flow, names: dict[Node, str]) -> LevelFlow:
    neurons = [
        Neuron(entry_name(names[node], entry(node, int(i)).index), float(sum_), float(size))
        for node in nodes
        for i, sum_, size in _reached(signed.through(node), absolute.through(node))
    ]
    neurons.sort(key=lambda neuron: -neuron.absolute)
    return LevelFlow(tuple(names[node] for node in nodes), tuple(neurons))


def _reached(signed: Array, absolute: Array) -> Iterator[tuple[int, float, float]]:
    for i in np.flatnonzero(absolute):
        yield int(i), signed[i], absolute[i]


def _uses(
    links: Sequence[Link], cell: Cell, flow: _Flow, output: Node, units: Mapping[Node, Unit]
) -> Iterator[Use]:
    """What the entry contributes at each distance from the output, if at more than one."""
    made: dict[Node, dict[Node, None]] = {cell.node: {}}
    for link in links:
        made.setdefault(link.consumer, {})[link.source] = None
    node, place = cell.node, flat(cell)
    here = [link for link in links if link.source is node]
    while len(here) == 1 and _reshaped(units[here[0].consumer], here[0]):
        node, place = here[0].consumer, int(np.argmax(here[0].local.counts))
        here = [link for link in links if link.source is node]
    sent = {link.consumer: link.local.scipy[:, [place]] for link in here}
    used = [[n for n in level if n in sent] for level in levels(made, output)]
    used = [level for level in used if level]
    for lag, level in enumerate(used if len(used) > 1 else ()):
        parts = (sent[n].T @ flow.to_output[n] for n in level)
        yield Use(lag, tuple(units[n].name for n in level), float(sum(part[0] for part in parts)))


def _reshaped(unit: Unit, link: Link) -> bool:
    """Whether the consumer is nothing but the source in another shape: that is no use of it."""
    same = unit.inputs == [link.source] and unit.node.spec.size == link.source.spec.size
    return same and link.local.nnz == 1 and link.local.data[0] == 1
