"""Checking, before the first step, that model, loss and data fit together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph import Array, Spec
from chainrule.nn import Layer
from chainrule.nn.prediction import CHUNK, trace_prediction
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant
from chainrule.train.steps.tracing import Loss

__all__ = ["check_compatible"]


def check_compatible(model: Layer, loss: Loss, data: Mapping[str, Array]) -> None:
    """Raise ShapeError or OptionError unless the loss of all rows of the data can be computed.

    The model is only traced. The loss is evaluated on outputs of zeros, since it may refuse some
    targets, such as labels beyond the number of classes.
    """
    x, *targets = data.values()
    outputs: dict[int, Any] = {}
    for start in range(0, len(x), CHUNK):
        inputs = x[start : start + CHUNK]
        rows = len(inputs)
        if rows not in outputs:
            spec = Spec(inputs.shape, inputs.dtype)
            traced = trace_prediction(model, spec)
            outputs[rows] = traced.outputs([_zeros(node.spec) for node in traced.graph.outputs])
        read = [constant(array[start : start + CHUNK]) for array in targets]
        value = loss(outputs[rows], *read)
        if not isinstance(value, Tensor) or value.shape:
            got = f"shape {value.shape}" if isinstance(value, Tensor) else repr(value)
            raise ShapeError("loss", expected="one number, recorded", got=got)


def _zeros(spec: Spec) -> Tensor:
    return constant(np.broadcast_to(np.zeros((), spec.dtype), spec.shape))
