"""The compiled counterpart of `graph.Evaluator`: any graph as a function of its inputs."""

from __future__ import annotations

from typing import final

import numpy as np

from chainrule.engine.interpreter import Runner
from chainrule.errors import ShapeError
from chainrule.graph import Array, Graph
from chainrule.ops.define import real_part
from chainrule.program import plan

__all__ = ["CompiledEvaluator"]


@final
class CompiledEvaluator:
    """Runs a graph as a program on the engine, where `graph.Evaluator` runs it node by node.

    The graph is planned once and may be run any number of times, by one thread at a time.  NumPy
    computes with floats of another dtype than the widest input, and with complex numbers.  Raises
    ShapeError for values whose shape is not that of the graph's inputs.

    >>> import chainrule as cr
    >>> run = CompiledEvaluator(cr.trace(lambda x, y: x * y + x, 1.0, 1.0))
    >>> run(3.0, 4.0)
    [array(15.)]
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        floats = [real_part(node.spec.dtype) for node in graph.inputs if node.spec.differentiable]
        program = plan(
            graph,
            np.result_type(*floats) if floats else np.dtype(np.float64),
            groups=dict.fromkeys(graph.inputs, "input"),
            outputs=[(f"output {i}", "output") for i in range(len(graph.outputs))],
            mixed=True,
        )
        self._runner = Runner(program)
        self._arena = self._runner.arena()
        self._runner.load_constants(self._arena)
        self._inputs, self._outputs = (
            [
                (self._arena.entries(buffer).reshape(node.spec.shape), node.spec.dtype)
                for buffer, node in zip(buffers, nodes, strict=True)
            ]
            for buffers, nodes in (
                (program.inputs, graph.inputs),
                (program.outputs, graph.outputs),
            )
        )

    def __call__(self, *values: object) -> list[Array]:
        """The outputs, as new arrays, for one value per input of the graph."""
        if len(values) != len(self._inputs):
            raise ShapeError("graph", expected=f"{len(self._inputs)} inputs", got=f"{len(values)}")
        for (entry, dtype), value, node in zip(
            self._inputs, values, self.graph.inputs, strict=True
        ):
            array = np.asarray(value, dtype)
            if array.shape != entry.shape:
                raise ShapeError(node.label, expected=f"shape {entry.shape}", got=f"{array.shape}")
            entry[...] = array
        self._runner.run(self._arena)
        return [result.astype(dtype) for result, dtype in self._outputs]
