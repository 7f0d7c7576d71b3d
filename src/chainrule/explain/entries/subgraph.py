"""A subgraph: the recorded operations that are shown as one step, as a function of earlier steps.

Its local gradients come from the same rules as any gradient: the subgraph is recorded again on new
leaves and differentiated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from chainrule.autodiff.local_gradients import local_gradients
from chainrule.autodiff.reverse import pull_back
from chainrule.explain.entries.formulas import FormulaWriter, as_symbols
from chainrule.formula import Formula, lift
from chainrule.graph import Array, Indices, Node, ancestors, primitive_of
from chainrule.ops import Tensor
from chainrule.ops.define import record_again
from chainrule.ops.dependence import Gathered

__all__ = ["Subgraph"]


class Subgraph:
    """The operations between a shown node and the shown nodes it depends on directly.

    Entries of the node and of its inputs are given by their flat indices.
    """

    def __init__(self, node: Node, inputs: list[Node], names: dict[Node, str]) -> None:
        self.node, self.inputs, self.names = node, inputs, names
        self.name = names[node]
        self._gradients: dict[Node, tuple[Tensor, Tensor]] = {}
        self._writers: dict[int, FormulaWriter] = {}
        self._selected: Mapping[Node, Indices] = {}

    @property
    def leaf(self) -> bool:
        """Whether the node is an input of the computation."""
        return self.node.primitive is None

    @cached_property
    def operations(self) -> list[Node]:
        """The recorded nodes of the subgraph, in topological order; the last is `node`."""
        inputs = set(self.inputs)
        nodes = ancestors([self.node], stop=inputs)
        return [node for node in nodes if node.primitive and node not in inputs]

    @property
    def op(self) -> str:
        """The name of the primitive, or 'composite' for several operations."""
        return self.node.kind if len(self.operations) <= 1 else "composite"

    @cached_property
    def _replayed(self) -> tuple[Tensor, dict[Node, Tensor]]:
        """The subgraph recorded again: its output, and the new leaf for each of its inputs."""
        leaves = {
            source: Tensor(Node(source.spec, value=source.value, variable=True))
            for source in self.inputs
        }
        return record_again(self.operations, leaves)[self.node], leaves

    def always_show(self, selected: Mapping[Node, Indices]) -> None:
        """Set the entries of the inputs that formulas show even in abridged sums."""
        reached = {source: selected[source] for source in self.inputs if source in selected}
        for node in self.operations:
            rows = [
                local_gradients(node, i, columns=reached[source]).rows
                for i, source in enumerate(node.inputs)
                if source in reached
            ]
            if rows:
                reached[node] = np.concatenate(rows)
        self._selected = reached

    @cached_property
    def _forward_writer(self) -> FormulaWriter:
        known = {
            source: as_symbols(self.names[source], source.spec.shape) for source in self.inputs
        }
        return FormulaWriter(known, literal=True, selected=self._selected)

    def formula(self, flat: int) -> Formula:
        """One entry as a formula in entries of the inputs; a number if it depends on none."""
        return lift(self._forward_writer.entry(self.node, flat))

    def local_formula(self, flat: int, source: Node, source_flat: int) -> Formula:
        """∂node[flat]/∂source[source_flat] as a formula; a number if it is constant."""
        seed, gradient = self._pulled_back(source)
        output, leaves = self._replayed
        if flat not in self._writers:
            known = {
                leaf.node: as_symbols(self.names[s], s.spec.shape) for s, leaf in leaves.items()
            }
            known.setdefault(output.node, as_symbols(self.name, output.shape))
            recorded = set(ancestors([output.node], stop=[leaf.node for leaf in leaves.values()]))
            self._writers[flat] = FormulaWriter(known, literal=False, recorded=recorded)
        writer = self._writers[flat]
        one_hot = np.zeros(output.shape)
        one_hot.flat[flat] = 1
        arrays = {seed.node: one_hot}
        writer.give(seed.node, one_hot)
        for node in ancestors([gradient.node], stop=writer.known):
            # whatever only copies entries of the seed
            dependence = node.primitive.dependence if node.primitive else None
            if isinstance(dependence, Gathered) and all(one in arrays for one in node.inputs):
                arrays[node] = primitive_of(node).value(
                    *(arrays[one] for one in node.inputs), **node.params
                )
                writer.give(node, arrays[node])
        return lift(writer.entry(gradient.node, source_flat))

    def _pulled_back(self, source: Node) -> tuple[Tensor, Tensor]:
        """A cotangent of the output, and its pull-back to one input, as graphs.

        The cotangent is recorded as zeros; `local_formula` reads it as the one-hot array of the
        entry that is differentiated.
        """
        if source not in self._gradients:
            output, leaves = self._replayed
            zeros = np.zeros(output.shape, output.dtype)
            seed = Tensor(Node(output.spec, value=zeros, variable=True))
            self._gradients[source] = seed, pull_back(output, seed, [leaves[source]])[0]
        return self._gradients[source]

    def notes(self, flat: int) -> list[str]:
        """The conventions applied where this entry is at a point without a derivative."""
        found: dict[str, None] = {}
        for at, choice in self._kinks:
            here = at.flat[flat] if at.shape == self.node.spec.shape else at.any()
            if here:
                found[choice] = None
        return list(found)

    @cached_property
    def _kinks(self) -> list[tuple[Array, str]]:
        """For operations with kinks: a mask of the entries at one, and the convention there."""
        found: list[tuple[Array, str]] = []
        for node in self.operations:
            kink = node.primitive.kink if node.primitive else None
            if kink is not None:
                test: Callable[..., Any] = kink.at
                at = test(*(source.value for source in node.inputs), **node.params)
                found.append((np.asarray(at), kink.choice))
        return found
