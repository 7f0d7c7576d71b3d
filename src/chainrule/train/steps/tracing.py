"""Tracing: from a model, a loss and shapes to the graph of one training step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.autodiff import adjoints
from chainrule.graph import Graph, Spec, verify
from chainrule.nn import Layer
from chainrule.nn.prediction import placeholders
from chainrule.ops import Tensor
from chainrule.ops.tensor import abstract, constant

__all__ = ["Loss", "TrainingGraph", "trace_training"]

Loss = Callable[[Any, Tensor], Tensor]
"""A function from outputs and targets to one number, such as `cross_entropy`.

The outputs are as the model returns them: a Tensor, or Tensors in tuples, lists and dicts."""


@final
@dataclass(frozen=True)
class TrainingGraph:
    """One training step before its update, as a graph.

    inputs    (*parameters, *buffers, step, x, y)
    outputs   (loss, *gradients, *updates): a gradient for each parameter, and a new value for each
              buffer named in `updates`
    """

    graph: Graph
    updates: tuple[str, ...]


def trace_training(model: Layer, loss: Loss, x: Spec, y: Spec) -> TrainingGraph:
    """Record one training step on a batch with these specs; nothing is computed.

    The graph's input `step` is an integer scalar, which seeds Dropout.  Raises ShapeError where
    model, loss and batch do not fit together.

    >>> from chainrule.nn import Linear
    >>> from chainrule.ops.losses import mse
    >>> step = trace_training(
    ...     Linear(1, 1, None), mse, Spec((4, 1), np.dtype(float)), Spec((4, 1), np.dtype(float))
    ... )
    >>> [str(output.spec) for output in step.graph.outputs]
    ['f64[]', 'f64[1,1]']
    """
    parameters, buffers = placeholders(model.parameters()), placeholders(model.buffers())
    step = abstract(Spec((), np.dtype(np.int64)), "step")
    inputs, target = abstract(x, "x"), abstract(y, "y")
    scope = model.scope(parameters, buffers, training=True, step=step)
    value = loss(model.apply(scope, inputs), target).named("loss")
    wrt = [parameter.node for parameter in parameters.values()]
    reached = adjoints(value, constant(np.ones((), value.dtype)), wrt)
    gradients = [
        reached[node] if node in reached else constant(np.zeros(node.spec.shape, node.spec.dtype))
        for node in wrt
    ]
    outputs = [value, *gradients, *scope.updates.values()]
    leaves = [*parameters.values(), *buffers.values(), step, inputs, target]
    graph = verify(Graph.of([t.node for t in outputs], [t.node for t in leaves]))
    return TrainingGraph(graph, tuple(scope.updates))
