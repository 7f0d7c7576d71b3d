"""Prediction: a model in evaluation mode as a graph, and functions applied chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from chainrule.graph import Array, Graph, Spec, verify
from chainrule.nn.layer import Layer
from chainrule.ops import Tensor
from chainrule.ops.tensor import abstract

__all__ = ["in_chunks", "placeholders", "trace_prediction"]

CHUNK = 1024
"""The most rows that are run at once, to bound the memory needed."""


def trace_prediction(model: Layer, x: Spec) -> Graph:
    """Record the model in evaluation mode: inputs (*parameters, *buffers, x), one output.

    Nothing is computed.  Raises ShapeError if the model does not take such an x.

    >>> from chainrule.nn import Linear
    >>> len(trace_prediction(Linear(1, 1), Spec((4, 1), np.dtype(float))).inputs)
    3
    """
    parameters, buffers = placeholders(model.parameters()), placeholders(model.buffers())
    inputs = abstract(x, "x")
    output = model.apply(model.scope(parameters, buffers), inputs)
    leaves = [*parameters.values(), *buffers.values(), inputs]
    return verify(Graph.of([output.node], [leaf.node for leaf in leaves]))


def placeholders(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors with the same names, shapes and dtypes, but without values."""
    return {name: abstract(tensor.spec, name) for name, tensor in tensors.items()}


def in_chunks(function: Callable[[Array], Array], x: Array) -> Array:
    """function(x), computed by calls on at most `CHUNK` rows each.

    >>> in_chunks(lambda rows: 2 * rows, np.arange(2000)).sum()
    np.int64(3998000)
    """
    if len(x) <= CHUNK:
        return function(x)
    return np.concatenate([function(x[i : i + CHUNK]) for i in range(0, len(x), CHUNK)])
