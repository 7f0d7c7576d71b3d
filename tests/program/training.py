"""Programs of a training step."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Graph
from chainrule.nn import Layer
from chainrule.program import Program, plan

INPUTS = 3
"""The number of the step, the batch and its targets."""


def plan_training(model: Layer, graph: Graph, **options: Any) -> Program:
    """The program of a model's traced training step, with a group for each use of a buffer."""
    parameters, buffers = model.parameters(), model.buffers()
    groups = [*["parameter"] * len(parameters), *["buffer"] * len(buffers), *["input"] * INPUTS]
    outputs = [("loss", "output"), *[(f"∂{name}", "gradient") for name in parameters]]
    outputs += [(name, "update") for name in buffers]
    return plan(
        graph,
        np.dtype(float),
        groups=dict(zip(graph.inputs, groups, strict=True)),
        outputs=outputs,
        **options,
    )
