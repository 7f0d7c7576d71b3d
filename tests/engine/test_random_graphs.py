"""Random graphs with gradients and many outputs: engine and reference evaluator agree."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from hypothesis import HealthCheck, assume, given, settings

import chainrule as cr
from autodiff.programs import HERE, STEPS, Program, programs
from chainrule.graph import Evaluator
from engine.comparison import agree
from program.checker import check

EXAMPLES = settings(
    max_examples=int(os.environ.get("RANDOM_GRAPHS", "60")),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def all_values(program: Program, *leaves: Any) -> list[cr.Tensor]:
    """The leaves, the result of every step, and the gradients: most outputs are used again."""
    values = list(leaves)
    for name, i, j in program.steps:
        values.append(STEPS[name](HERE, values[i], values[j]))
    out, pull = cr.vjp(lambda *args: program.run(HERE, *args), *leaves)
    cotangent = np.cos(np.arange(1.0, 1 + out.size)).reshape(out.shape)
    return [*values, *pull(cotangent.astype(out.dtype))]


@EXAMPLES
@given(programs())
def test_random_graphs(program):
    rng = np.random.default_rng(0)
    for dtype, scale in ((np.float64, 10.0), (np.float32, 10.0)):
        leaves = [rng.uniform(-1.5, 1.5, shape).astype(dtype) for shape in program.shapes]
        graph = cr.trace(lambda *args: all_values(program, *args), *leaves)
        expected = Evaluator(graph)(*leaves)
        assume(all(np.isfinite(a).all() and np.abs(a).max(initial=0) < 100 for a in expected))
        if any(n.spec.differentiable and n.spec.dtype != dtype for n in graph.nodes):
            assume(dtype == np.float64)  # a constant is float64
        check(agree(graph, leaves, dtype, scale=scale))
