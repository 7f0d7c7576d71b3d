"""The program that computes a model's predictions for inputs of one shape."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np

from chainrule.engine.interpreter import Runner
from chainrule.engine.threads import thread_limit
from chainrule.graph import Spec
from chainrule.nn import Layer
from chainrule.nn.prediction import Prediction, trace_prediction
from chainrule.nn.trees import Rebuild
from chainrule.program import plan

__all__ = ["PredictionPlan", "Shape", "TreeShape", "plan_prediction", "trace"]


class TreeShape(NamedTuple):
    """The structure of a tree of inputs, and the shape and dtype of each input."""

    structure: Any
    specs: tuple[Spec, ...]


Shape = tuple[int, ...] | TreeShape
"""The shape of one input, or of a tree of them."""


class PredictionPlan(NamedTuple):
    """A planned prediction.

    inputs    the number of its inputs besides parameters and buffers
    rebuild   puts its outputs into the tree that the model returns; None for a single output
    """

    runner: Runner
    inputs: int
    rebuild: Rebuild | None


def trace(model: Layer, shape: Shape) -> Prediction:
    """The model in evaluation mode, recorded for inputs of this shape."""
    if isinstance(shape, TreeShape):
        return trace_prediction(model, *shape.specs, structure=shape.structure)
    return trace_prediction(model, Spec(shape, model.input_dtype))


def plan_prediction(
    model: Layer, shape: Shape, start: int, transposed: Collection[str] = ()
) -> PredictionPlan:
    """Plan the program for inputs of a shape; its arena begins with parameters, then buffers.

    All other memory begins at byte `start`.  The parameters named in `transposed` are stored
    column-major.  Raises ShapeError if the model does not accept the inputs.
    """
    traced = trace(model, shape)
    graph, parameters = traced.graph, model.parameters()
    sizes = [tensor.size for tensor in parameters.values()]
    named = zip(parameters, graph.inputs, strict=False)  # buffers and x follow
    held = ["parameter"] * len(sizes) + ["buffer"] * len(model.buffers())
    inputs = len(graph.inputs) - len(held)
    outputs = ["outputs"]
    if traced.rebuild is not None:
        outputs = [f"outputs.{i}" for i in range(len(graph.outputs))]
    runner = Runner(
        plan(
            graph,
            model.dtype,
            groups=dict(zip(graph.inputs, held + ["input"] * inputs, strict=True)),
            outputs=[(name, "output") for name in outputs],
            fixed={"parameter": 0, "buffer": sum(sizes) * np.dtype(model.dtype).itemsize},
            start=start,
            transposed=[node for name, node in named if name in transposed],
        ),
        thread_limit(),
    )
    return PredictionPlan(runner, inputs, traced.rebuild)
