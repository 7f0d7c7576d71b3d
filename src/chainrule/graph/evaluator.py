"""The reference evaluator: computes a graph's outputs node by node with NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph.graph import Graph
from chainrule.graph.node import Node, Primitive
from chainrule.graph.spec import Array, Spec

__all__ = ["Evaluator"]


class Evaluator:
    """Runs a graph on new input values; compiled programs are tested against it.

    >>> import chainrule as cr
    >>> run = Evaluator(cr.trace(lambda x, y: x * y + x, 1.0, 1.0))
    >>> run(3.0, 4.0)
    [array(15.)]
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        slot: dict[Node, int] = {node: i for i, node in enumerate(graph.inputs)}
        live = set(graph.inputs)
        live.update(n for n in graph.nodes if n.value is None)
        for node in graph.nodes:
            if not live.isdisjoint(node.inputs):
                live.add(node)
        # nodes that depend on no input keep the value they were recorded with
        constants = [node for node in graph.nodes if node not in live]
        for node in constants:
            slot[node] = len(slot)
        self._constants: list[Any] = [node.value for node in constants]
        self._steps: list[tuple[Primitive, list[int], list[Spec], Mapping[str, Any]]] = []
        filled = len(slot)
        for node in graph.nodes:
            if node not in slot and node.primitive is not None:
                operands, specs = [slot[n] for n in node.inputs], [n.spec for n in node.outputs]
                self._steps.append((node.primitive, operands, specs, node.params))
                for output in node.outputs:  # one may be an input, and keeps the slot it has
                    slot.setdefault(output, filled)
                    filled += 1
        self._outputs = [slot[node] for node in graph.outputs]
        self._specs = [node.spec for node in graph.inputs]

    def __call__(self, *values: object) -> list[Array]:
        """Return the outputs as arrays, given one value for each input of the graph."""
        if len(values) != len(self._specs):
            raise ShapeError("graph", expected=f"{len(self._specs)} inputs", got=f"{len(values)}")
        slots = [np.asarray(v, dtype=s.dtype) for v, s in zip(values, self._specs, strict=True)]
        for array, spec, node in zip(slots, self._specs, self.graph.inputs, strict=True):
            if array.shape != spec.shape:
                raise ShapeError(node.label, expected=f"shape {spec.shape}", got=f"{array.shape}")
        slots += self._constants
        with np.errstate(all="ignore"):
            for primitive, operands, specs, params in self._steps:
                slots += primitive.values(specs, [slots[i] for i in operands], params)
        return [slots[i] for i in self._outputs]
