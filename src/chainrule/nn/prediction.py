"""Prediction: a model in evaluation mode as a graph, and functions applied chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.graph import Graph, Spec, verify
from chainrule.nn.layer import Layer
from chainrule.nn.trees import (
    Rebuild,
    flatten_inputs,
    flatten_outputs,
    is_tree,
    leaf_names,
    rebuild,
)
from chainrule.ops import Tensor
from chainrule.ops.tensor import abstract

__all__ = ["Prediction", "in_chunks", "placeholders", "trace_prediction"]

CHUNK = 1024
"""The most rows that are run at once, to bound the memory needed."""


@final
@dataclass(frozen=True)
class Prediction:
    """A model in evaluation mode, recorded for inputs of certain specs.

    graph     inputs (*parameters, *buffers, *inputs), one output for each tensor in the outputs
    rebuild   puts values in the places of these tensors; None if the model returns a single one
    """

    graph: Graph
    rebuild: Rebuild | None

    def outputs(self, values: Sequence[Any]) -> Any:
        """The values of the graph's outputs as the model returns them."""
        return values[0] if self.rebuild is None else self.rebuild(values)


def trace_prediction(model: Layer, *specs: Spec, structure: Any = None) -> Prediction:
    """Record the model in evaluation mode; nothing is computed.

    Without the `structure` of a tree of inputs, there is one spec.  Raises ShapeError if the model
    does not take such inputs.

    >>> from chainrule.nn import Linear
    >>> len(trace_prediction(Linear(1, 1), Spec((4, 1), np.dtype(float))).graph.inputs)
    3
    """
    parameters, buffers = placeholders(model.parameters()), placeholders(model.buffers())
    names = ["x"] if structure is None else leaf_names("x", structure)
    inputs = [abstract(spec, name) for spec, name in zip(specs, names, strict=True)]
    x = inputs[0] if structure is None else rebuild(structure, inputs)
    found, put_back = flatten_outputs(model.kind, model.apply(model.scope(parameters, buffers), x))
    leaves = [*parameters.values(), *buffers.values(), *inputs]
    graph = verify(Graph.of([output.node for output in found], [leaf.node for leaf in leaves]))
    return Prediction(graph, put_back)


def placeholders(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors with the same names, shapes and dtypes, but without values."""
    return {name: abstract(tensor.spec, name) for name, tensor in tensors.items()}


def in_chunks(function: Callable[[Any], Any], x: Any) -> Any:
    """function(x), computed by calls on at most `CHUNK` rows each.

    Trees of arrays are cut, and put together again, array by array.

    >>> in_chunks(lambda rows: 2 * rows, np.arange(2000)).sum()
    np.int64(3998000)
    """
    leaves, structure = flatten_inputs(x) if is_tree(x) else ([x], None)
    if len(leaves[0]) <= CHUNK:
        return function(x)

    def cut(start: int) -> Any:
        parts = [leaf[start : start + CHUNK] for leaf in leaves]
        return parts[0] if structure is None else rebuild(structure, parts)

    parts = [function(cut(start)) for start in range(0, len(leaves[0]), CHUNK)]
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    import optree

    return optree.tree_map(lambda *arrays: np.concatenate(arrays), *parts)
