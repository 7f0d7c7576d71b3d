"""Tracing: a model, a loss and shapes become the graphs that training and prediction run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.autodiff import adjoints
from chainrule.graph import Graph, Spec, verify
from chainrule.nn import Layer
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant
from chainrule.ops.variable import abstract

__all__ = ["Loss", "TrainingGraph", "trace_prediction", "trace_training"]

Loss = Callable[[Tensor, Tensor], Tensor]
"""A function of outputs and targets that gives one number, such as `cross_entropy`."""


@final
@dataclass(frozen=True)
class TrainingGraph:
    """One training step before its update, as a graph.

    inputs    (*parameters, *buffers, step, x, y)
    outputs   (loss, *gradients, *updates): a gradient for each parameter, a new value for each
              buffer named in `updates`
    """

    graph: Graph
    updates: tuple[str, ...]


def trace_training(model: Layer, loss: Loss, x: Spec, y: Spec) -> TrainingGraph:
    """Record one step of training on a batch of these shapes; nothing is computed.

    `step` is an integer scalar, the number of the step, for Dropout.  Raises ShapeError where
    model, loss and batch do not fit together.

    >>> from chainrule.nn import Linear
    >>> from chainrule.ops.losses import mse
    >>> step = trace_training(
    ...     Linear(1, 1, None), mse, Spec((4, 1), np.dtype(float)), Spec((4, 1), np.dtype(float))
    ... )
    >>> [str(output.spec) for output in step.graph.outputs]
    ['f64[]', 'f64[1,1]']
    """
    parameters, buffers = _placeholders(model.parameters()), _placeholders(model.buffers())
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
    return TrainingGraph(_graph(outputs, leaves), tuple(scope.updates))


def trace_prediction(model: Layer, x: Spec) -> Graph:
    """Record the model in evaluation: inputs (*parameters, *buffers, x), one output.

    >>> from chainrule.nn import Linear
    >>> len(trace_prediction(Linear(1, 1), Spec((4, 1), np.dtype(float))).inputs)
    3
    """
    parameters, buffers = _placeholders(model.parameters()), _placeholders(model.buffers())
    inputs = abstract(x, "x")
    output = model.apply(model.scope(parameters, buffers), inputs)
    return _graph([output], [*parameters.values(), *buffers.values(), inputs])


def _placeholders(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: abstract(tensor.spec, name) for name, tensor in tensors.items()}


def _graph(outputs: list[Tensor], inputs: list[Tensor]) -> Graph:
    return verify(Graph.of([t.node for t in outputs], [t.node for t in inputs]))
