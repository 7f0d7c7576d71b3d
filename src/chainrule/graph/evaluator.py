"""The reference evaluator: computes a graph's outputs node by node with NumPy."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph.graph import Graph
from chainrule.graph.node import Node
from chainrule.graph.spec import Array

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
        steps = [node for node in graph.nodes if node in live and node not in slot]
        for node in (*constants, *steps):
            slot[node] = len(slot)
        self._constants: list[Any] = [node.value for node in constants]
        self._steps = [
            (
                partial(node.primitive.value, **node.params),
                [slot[n] for n in node.inputs],
                node.spec,
            )
            for node in steps
            if node.primitive is not None
        ]
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
            for value, operands, spec in self._steps:
                slots.append(np.asarray(value(*[slots[i] for i in operands]), dtype=spec.dtype))
        return [slots[i] for i in self._outputs]
