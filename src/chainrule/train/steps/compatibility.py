"""Checking, before the first step, that model, loss and data fit together."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph import Node, Spec
from chainrule.nn import Layer
from chainrule.nn.prediction import CHUNK, trace_prediction
from chainrule.nn.trees import flatten_specs, map_inputs, map_outputs
from chainrule.ops import Tensor
from chainrule.ops.losses import LOSSES
from chainrule.ops.tensor import constant
from chainrule.train.steps.checks.broadcast import check_broadcast
from chainrule.train.steps.data_rows import DataRows
from chainrule.train.steps.tracing import Loss

__all__ = ["check_compatible"]


def check_compatible(model: Layer, loss: Loss, data: DataRows, outputs: dict[int, Any]) -> None:
    """Raise ShapeError or OptionError unless the loss of all rows of the data can be computed.

    The model is only traced, once for each number of rows: its outputs, with zeros as their
    values, are kept in `outputs` for data of the same form.  The loss is evaluated on them, since
    it may refuse some targets, such as labels beyond the number of classes.
    """
    for start in range(0, len(data), CHUNK):
        chunk = slice(start, start + CHUNK)
        rows = min(CHUNK, len(data) - start)
        if rows not in outputs:
            specs, structure = flatten_specs(data.specs(rows)["x"])
            traced = trace_prediction(model, *specs, structure=structure)
            outputs[rows] = traced.outputs([_zeros(node.spec) for node in traced.graph.outputs])
        _, *trees = data.trees(chunk).values()
        targets = [map_inputs(constant, tree) for tree in trees]
        value = loss(outputs[rows], *targets)
        if not isinstance(value, Tensor) or value.shape:
            got = f"shape {value.shape}" if isinstance(value, Tensor) else repr(value)
            raise ShapeError("loss", expected="one number, recorded", got=got)
        if start == 0 and loss not in LOSSES.values():
            read = [node for tree in targets for node in _nodes(tree)]
            check_broadcast(value, _nodes(outputs[rows]), read)


def _nodes(tree: Any) -> list[Node]:
    """The nodes of the tensors in a tree."""
    found: list[Node] = []
    map_outputs(lambda tensor: found.append(tensor.node), tree)
    return found


def _zeros(spec: Spec) -> Tensor:
    return constant(np.broadcast_to(np.zeros((), spec.dtype), spec.shape))
