"""Repeats an update: the output before and after each step of gradient descent."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from chainrule.explain.derivation.steps import DescentStep
from chainrule.explain.entries import Entry, upstream_gradients
from chainrule.graph import Evaluator, Graph, Node

__all__ = ["descent"]


def descent(
    graph: Graph, entries: Sequence[Entry], learning_rate: float, steps: int
) -> Iterator[DescentStep]:
    """Yield the output before the first of `steps` steps and after each, as far as it is finite.

    p ← p − η · ∂f/∂p for each of `entries`;  f(p − η·∂f/∂p) ≈ f(p) − η · Σ (∂f/∂p)²
    """
    leaves = list(dict.fromkeys(entry.node for entry in entries))
    upstream = upstream_gradients(graph, leaves)
    reached = [node for node in leaves if node in upstream]
    outputs = [graph.outputs[0], *(upstream[node].node for node in reached)]
    run = Evaluator(Graph.of(outputs, graph.inputs))
    values: dict[Node, np.ndarray] = {
        node: np.array(node.value, np.float64) for node in graph.inputs
    }
    estimate = None
    for _ in range(steps + 1):
        with np.errstate(all="ignore"):
            value, *found = run(*(values[node] for node in graph.inputs))
        gradients = dict(zip(reached, found, strict=True))
        parameters = tuple(float(values[entry.node][entry.index]) for entry in entries)
        yield DescentStep(float(value.ravel()[0]), estimate, parameters)
        slopes = [
            float(gradients[entry.node][entry.index]) if entry.node in gradients else 0.0
            for entry in entries
        ]
        if not all(map(math.isfinite, (float(value.ravel()[0]), *slopes))):
            return
        with np.errstate(all="ignore"):
            squares = float(np.sum(np.square(slopes)))
            estimate = float(value.ravel()[0]) - learning_rate * squares
            for entry, slope in zip(entries, slopes, strict=True):
                values[entry.node][entry.index] -= learning_rate * slope
