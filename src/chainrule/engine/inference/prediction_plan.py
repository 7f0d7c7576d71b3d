"""The program that computes a model's predictions for inputs of one shape."""

from __future__ import annotations

from collections.abc import Collection

from chainrule.engine.interpreter import Runner
from chainrule.engine.threads import thread_limit
from chainrule.graph import Spec
from chainrule.nn import Layer
from chainrule.nn.prediction import trace_prediction
from chainrule.program import plan

__all__ = ["plan_prediction"]


def plan_prediction(
    model: Layer, shape: tuple[int, ...], start: int, transposed: Collection[str] = ()
) -> Runner:
    """Plan the program for inputs of a shape, in arenas that begin with parameters, then buffers.

    All its other memory begins at `start`.  The parameters named in `transposed` are stored
    column-major.  Raises ShapeError if the model does not accept the inputs.
    """
    graph = trace_prediction(model, Spec(shape, model.dtype))
    parameters = model.parameters()
    sizes = [tensor.size for tensor in parameters.values()]
    named = zip(parameters, graph.inputs, strict=False)  # buffers and x follow
    groups = ["parameter"] * len(sizes) + ["buffer"] * len(model.buffers()) + ["input"]
    return Runner(
        plan(
            graph,
            model.dtype,
            groups=dict(zip(graph.inputs, groups, strict=True)),
            outputs=[("outputs", "output")],
            fixed={"parameter": 0, "buffer": sum(sizes)},
            start=start,
            transposed=[node for name, node in named if name in transposed],
        ),
        thread_limit(),
    )
