"""Tracing: from a model, a loss and shapes to the graph of one training step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from chainrule.autodiff import adjoints
from chainrule.graph import Graph, Node, Spec, verify
from chainrule.nn import Layer
from chainrule.nn.prediction import placeholders
from chainrule.nn.trees import flatten_specs, leaf_names, rebuild
from chainrule.ops import Tensor
from chainrule.ops.tensor import abstract, constant
from chainrule.train.steps.checks.unregistered import check_registered

__all__ = ["Loss", "TrainingGraph", "trace_training"]

Loss = Callable[..., Tensor]
"""A function from outputs and targets to one number, such as `cross_entropy`.

The outputs are as the model returns them, and the targets as they were given: a Tensor, or Tensors
in tuples, lists and dicts."""


@final
@dataclass(frozen=True)
class TrainingGraph:
    """One training step before its update: the nodes of a graph, by group and name.

    The inputs of `graph` are parameters, buffers, step and data, in this order; its outputs are
    loss, gradients and new buffers.

    parameters, buffers   the model's arrays
    step                  an integer scalar, which seeds Dropout
    data                  what is read for each batch, such as "x" and "y", or in a tree "x.age"
    loss                  one number
    gradients             of the loss, for each parameter
    new_buffers           for each buffer its value after the step; the buffer itself if unchanged
    """

    parameters: Mapping[str, Node]
    buffers: Mapping[str, Node]
    step: Node
    data: Mapping[str, Node]
    loss: Node
    gradients: Mapping[str, Node]
    new_buffers: Mapping[str, Node]

    @cached_property
    def graph(self) -> Graph:
        """The graph of all outputs."""
        inputs = [*self.parameters.values(), *self.buffers.values(), self.step, *self.data.values()]
        outputs = [self.loss, *self.gradients.values(), *self.new_buffers.values()]
        return verify(Graph.of(outputs, inputs))


def trace_training(model: Layer, loss: Loss, x: Any, y: Any, **others: Any) -> TrainingGraph:
    """Record one training step on a batch with these specs; nothing is computed.

    Each is a Spec, or a tree of them.  The model reads x.  The loss reads the model's outputs, y,
    and `others` in their order.  Raises ShapeError where model, loss and batch do not fit together,
    and OptionError for variables that the loss depends on but the model does not register.

    >>> from chainrule.nn import Linear
    >>> from chainrule.ops.losses import mse
    >>> step = trace_training(
    ...     Linear(1, 1, None), mse, Spec((4, 1), np.dtype(float)), Spec((4, 1), np.dtype(float))
    ... )
    >>> str(step.loss.spec), {name: str(node.spec) for name, node in step.gradients.items()}
    ('f64[]', {'weight': 'f64[1,1]'})
    """
    parameters, buffers = placeholders(model.parameters()), placeholders(model.buffers())
    step = abstract(Spec((), np.dtype(np.int64)), "step")
    data: dict[str, Tensor] = {}
    read: list[Any] = []
    for name, tree in {"x": x, "y": y, **others}.items():
        specs, structure = flatten_specs(tree)
        names = [name] if structure is None else leaf_names(name, structure)
        leaves = [abstract(spec, full) for spec, full in zip(specs, names, strict=True)]
        data |= dict(zip(names, leaves, strict=True))
        read.append(leaves[0] if structure is None else rebuild(structure, leaves))
    scope = model.scope(parameters, buffers, training=True, step=step)
    inputs, *targets = read
    value = loss(model.apply(scope, inputs), *targets).named("loss")
    placeholder = (*parameters.values(), *buffers.values(), step, *data.values())
    check_registered(model, value, [tensor.node for tensor in placeholder])
    wrt = [parameter.node for parameter in parameters.values()]
    reached = adjoints(value, constant(np.ones((), value.dtype)), wrt)
    gradients = [
        reached[node] if node in reached else constant(np.zeros(node.spec.shape, node.spec.dtype))
        for node in wrt
    ]
    return TrainingGraph(
        parameters=_nodes(parameters),
        buffers=_nodes(buffers),
        step=step.node,
        data=_nodes(data),
        loss=value.node,
        gradients=_nodes(dict(zip(parameters, gradients, strict=True))),
        new_buffers=_nodes(buffers | scope.updates),
    )


def _nodes(tensors: Mapping[str, Tensor]) -> dict[str, Node]:
    return {name: tensor.node for name, tensor in tensors.items()}
