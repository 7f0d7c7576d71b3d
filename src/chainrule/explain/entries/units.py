"""Units: the pieces a record is selected in.

At the resolution of *gates* every node is a unit.  At the resolution of *names* only the nodes that
somebody named are: the weighted sum `net_h1 = w1·i1 + w2·i2 + b1` is one unit however many nodes it
took.  Either way a unit is a small function of the units it is made from, recorded again on fresh
leaves, and its local gradients come from the same rules as any gradient.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from chainrule.autodiff.local_gradients import local_gradients
from chainrule.autodiff.reverse import pull_back
from chainrule.explain.entries.symbolic import LARGEST, Reader, numbers, parts, symbols
from chainrule.graph import Array, Graph, Indices, Node, ancestors
from chainrule.graph.formula import Formula, Symbol, lift
from chainrule.ops import Tensor
from chainrule.ops.define import apply

__all__ = ["Unit", "units"]

LONGEST = 100
"""Symbols and signs in one formula; what is longer is selected in steps, whatever has a name."""


class Unit:
    """A node to be shown, as a function of the shown nodes it is made from."""

    def __init__(self, node: Node, inputs: list[Node], names: dict[Node, str]) -> None:
        self.node, self.inputs, self.names = node, inputs, names
        self.name = names[node]
        self._gradients: dict[Node, tuple[Tensor, Tensor]] = {}
        self._rows: dict[int, Reader] = {}
        self._marked: Mapping[Node, Indices] = {}

    @property
    def leaf(self) -> bool:
        """Whether this is an input of the computation."""
        return self.node.primitive is None

    @cached_property
    def inside(self) -> list[Node]:
        """The recorded nodes this unit stands for, last its own."""
        nodes = ancestors([self.node], stop=self.inputs)
        return [node for node in nodes if node.primitive and node not in self.inputs]

    @property
    def op(self) -> str:
        """The primitive applied, or 'composite' for several."""
        return self.node.kind if len(self.inside) <= 1 else "composite"

    @cached_property
    def _replay(self) -> tuple[Tensor, dict[Node, Tensor]]:
        """The unit recorded again: its output, and the leaves that stand for its inputs."""
        fresh = {
            source: Tensor(Node(source.spec, value=source.value, variable=True))
            for source in self.inputs
        }
        made: dict[Node, Tensor] = dict(fresh)
        for node in self.inside:
            operands = [made.get(source, Tensor(source)) for source in node.inputs]
            assert node.primitive is not None
            made[node] = apply(node.primitive, *operands, **node.params)
        return made[self.node], fresh

    def mark(self, selected: Mapping[Node, Indices]) -> None:
        """Say which entries of the inputs are selected, to be shown wherever they are a term."""
        marked = {source: selected[source] for source in self.inputs if source in selected}
        for node in self.inside:
            rows = [
                local_gradients(node, i, columns=marked[source]).rows
                for i, source in enumerate(node.inputs)
                if source in marked
            ]
            if rows:
                marked[node] = np.concatenate(rows)
        self._marked = marked

    @cached_property
    def _forward(self) -> Reader:
        known = {source: symbols(self.names[source], source.spec.shape) for source in self.inputs}
        return Reader(known, literal=True, marked=self._marked)

    def formula(self, place: int) -> Formula:
        """One entry as a formula of the inputs' entries; a number where it depends on none."""
        return lift(self._forward.entry(self.node, place))

    def local_formula(self, place: int, source: Node, of: int) -> Formula:
        """∂self[place]/∂source[of] as a formula; a number where it is one whatever the inputs."""
        seed, gradient = self._gradient(source)
        output, fresh = self._replay
        if place not in self._rows:
            known = {leaf.node: symbols(self.names[s], s.spec.shape) for s, leaf in fresh.items()}
            known.setdefault(output.node, symbols(self.name, output.shape))
            self._rows[place] = Reader(known, literal=False, recorded=output.node.serial)
        reader = self._rows[place]
        one_hot = np.zeros(output.shape)
        one_hot.flat[place] = 1
        reader.known[seed.node] = numbers(one_hot)
        return lift(reader.entry(gradient.node, of))

    def _gradient(self, source: Node) -> tuple[Tensor, Tensor]:
        """An upstream gradient and what this makes of it for one input.

        Which entry is upstream is said when it is read: as it stands, none is.
        """
        if source not in self._gradients:
            output, fresh = self._replay
            zeros = np.zeros(output.shape, output.dtype)
            seed = Tensor(Node(output.spec, value=zeros, variable=True))
            self._gradients[source] = seed, pull_back(output, seed, [fresh[source]])[0]
        return self._gradients[source]

    def notes(self, place: int) -> list[str]:
        """What was chosen where this entry sits at a point without a derivative."""
        found: dict[str, None] = {}
        for at, choice in self._kinks:
            here = at.flat[place] if at.shape == self.node.spec.shape else at.any()
            if here:
                found[choice] = None
        return list(found)

    @cached_property
    def _kinks(self) -> list[tuple[Array, str]]:
        """Where operations inside have no derivative, and what was chosen there."""
        found: list[tuple[Array, str]] = []
        for node in self.inside:
            kink = node.primitive.kink if node.primitive else None
            if kink is not None:
                test: Callable[..., Any] = kink.at
                at = test(*(source.value for source in node.inputs), **node.params)
                found.append((np.asarray(at), kink.choice))
        return found


def units(graph: Graph, resolution: str) -> dict[Node, Unit]:
    """The units of a graph, in topological order."""
    names = graph.names()
    shown = _shown(graph, resolution)
    cut = set(shown)
    found: dict[Node, Unit] = {}
    for node in shown:
        inputs = _nearest(node, cut) if node.primitive else []
        found[node] = Unit(node, inputs, names)
    return found


def _shown(graph: Graph, resolution: str) -> list[Node]:
    """The nodes to be shown: all gates; or those with names, and what would be too long."""
    shown: list[Node] = []
    written: dict[Node, int] = {}  # symbols and signs in the formula of an entry
    for node in graph.nodes:
        written[node] = 1 + _length(node, written)
        named = node in graph.outputs or node.variable or node.name is not None
        gate = node.primitive is not None and (resolution == "gates" or written[node] > LONGEST)
        if node.spec.differentiable and (named or gate):
            shown.append(node)
            written[node] = 1
    return shown


def _length(node: Node, written: Mapping[Node, int]) -> int:
    """How long the formula of an entry is, from how long those of the inputs' entries are."""
    if node.primitive is None or not node.spec.size:
        return 0
    part = parts(node)(0)
    sizes = [indices.size for indices in part.indices]
    if part.additive:
        times = [min(size, LARGEST + 1) for size in sizes]
    elif max(sizes, default=0) > LONGEST:
        return LONGEST
    else:
        marks = [Symbol(str(i)) for i in range(len(sizes))]
        operands = [np.full(p.shape, m) for p, m in zip(part.indices, marks, strict=True)]
        found = Counter(lift(part.evaluate(*operands)).symbols())
        times = [found[mark.name] for mark in marks]
    return sum(n * written[source] for n, source in zip(times, node.inputs, strict=True))


def _nearest(node: Node, cut: set[Node]) -> list[Node]:
    """The shown nodes that `node` is directly made from, in reading order."""
    found: dict[Node, None] = {}
    stack = list(reversed(node.inputs))
    seen: set[Node] = set()
    while stack:
        source = stack.pop()
        if source in cut:
            found[source] = None
        elif source not in seen:
            seen.add(source)
            stack.extend(reversed(source.inputs))
    return list(found)
