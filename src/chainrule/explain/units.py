"""Units: the pieces a record is told in.

At the resolution of *gates* every node is a unit.  At the resolution of *names* only the nodes that
somebody named are: the weighted sum `net_h1 = w1·i1 + w2·i2 + b1` is one unit however many nodes it
took.  Either way a unit is a small function of the units it is made from, recorded again on fresh
leaves, and its local gradients come from the same rules as any gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from chainrule.autodiff.reverse import pull_back
from chainrule.explain.symbolic import formulas, symbols
from chainrule.graph import Array, Graph, Node, ancestors
from chainrule.graph.formula import Formula, lift
from chainrule.ops import Tensor
from chainrule.ops.define import apply
from chainrule.ops.tensor import constant

__all__ = ["Index", "Unit", "units"]

Index = tuple[int, ...]

LONGEST = 100
"""Nodes that one formula may stand for; what is longer is told in steps, whatever has a name."""


class Unit:
    """A node to be shown, as a function of the shown nodes it is made from."""

    def __init__(self, node: Node, inputs: list[Node], names: dict[Node, str]) -> None:
        self.node, self.inputs, self.names = node, inputs, names
        self.name = names[node]

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

    @cached_property
    def _symbols(self) -> dict[Node, Array]:
        return {source: symbols(self.names[source], source.spec.shape) for source in self.inputs}

    @cached_property
    def formulas(self) -> Array:
        """Every entry as a formula of the inputs' entries."""
        return formulas(self.node, self._symbols, literal=True)

    def row(self, index: Index) -> list[Array]:
        """∂self[index]/∂entry, for every entry of every input, as numbers."""
        return [
            gradient.value
            for gradient in pull_back(self._replay[0], self._one_hot(index), self._leaves)
        ]

    def row_formulas(self, index: Index) -> list[Array]:
        """The same row as formulas; a plain number 0 where there is no dependence at all."""
        output, fresh = self._replay
        known = {leaf.node: self._symbols[source] for source, leaf in fresh.items()}
        if output.node not in known:
            known[output.node] = symbols(self.name, output.shape)
        return [
            formulas(gradient.node, known, literal=False)
            for gradient in pull_back(output, self._one_hot(index), self._leaves)
        ]

    def column(self, source: Node, index: Index) -> Array:
        """∂entry/∂source[index], for every entry of this unit, as numbers.

        Reverse mode gives rows.  A row is linear in its seed, so the derivative of a row with
        respect to the seed is a column: reverse mode twice.
        """
        seed, row = self._columns[source]
        pick = np.zeros(row.shape, row.dtype)
        pick[index] = 1
        return pull_back(row, constant(pick), [seed])[0].value

    @cached_property
    def _columns(self) -> dict[Node, tuple[Tensor, Tensor]]:
        output, fresh = self._replay
        found: dict[Node, tuple[Tensor, Tensor]] = {}
        for source, leaf in fresh.items():
            zeros = np.zeros(output.shape, output.dtype)
            seed = Tensor(Node(output.spec, value=zeros, variable=True))
            found[source] = (seed, pull_back(output, seed, [leaf])[0])
        return found

    @property
    def _leaves(self) -> list[Tensor]:
        return list(self._replay[1].values())

    def _one_hot(self, index: Index) -> Tensor:
        seed = np.zeros(self.node.spec.shape, self.node.spec.dtype)
        seed[index] = 1
        return constant(seed)

    def notes(self, index: Index) -> list[str]:
        """What was chosen where this entry sits at a point without a derivative."""
        found: list[str] = []
        for node in self.inside:
            kink = node.primitive.kink if node.primitive else None
            if kink is None:
                continue
            test: Callable[..., Any] = kink.at
            at = np.asarray(test(*(source.value for source in node.inputs), **node.params))
            here = at[index] if at.shape == self.node.spec.shape else at.any()
            if here and kink.choice not in found:
                found.append(kink.choice)
        return found

    def formula(self, index: Index) -> Formula:
        """One entry as a formula of the inputs' entries; a number where it depends on none."""
        return lift(self.formulas[index])


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
    written: dict[Node, int] = {}  # symbols and signs in the formula of a node
    for node in graph.nodes:
        written[node] = 1 + sum(written[source] for source in node.inputs)
        named = node in graph.outputs or node.variable or node.name is not None
        gate = node.primitive is not None and (resolution == "gates" or written[node] > LONGEST)
        if node.spec.differentiable and (named or gate):
            shown.append(node)
            written[node] = 1
    return shown


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
