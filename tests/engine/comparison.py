"""Comparison of programs that the engine runs with the reference evaluator."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine import Runner
from chainrule.graph import Evaluator, Graph
from chainrule.program import Program, plan

TOLERANCE = {np.dtype(np.float64): 1e-12, np.dtype(np.float32): 1e-5}


def planned(graph: Graph, dtype: Any = np.float64, **options: Any) -> Program:
    """The program of a graph: every input in the group "input", every output in "output"."""
    groups = dict.fromkeys(graph.inputs, "input")
    outputs = [(f"out{i}", "output") for i in range(len(graph.outputs))]
    return plan(graph, np.dtype(dtype), groups=groups, outputs=outputs, **options)


def agree(
    graph: Graph,
    args: Any,
    dtype: Any = np.float64,
    *,
    signs: bool = False,
    scale: float = 0.0,
) -> Program:
    """Assert that engine and reference evaluator agree, with and without machine code.

    Each program runs twice.  Entries that are tiny compared with the others of their array, or with
    `scale`, are compared at that scale: sums in another order cannot be more precise.  With
    `signs`, zeros must have the same sign.  Returns the program.
    """
    program = planned(graph, dtype)
    expected = Evaluator(graph)(*args)
    for runner in (Runner(program), Runner(program, often=True)):
        found = runner(*args)
        for one, other, node in zip(found, expected, graph.outputs, strict=True):
            assert (one.shape, one.dtype) == (node.spec.shape, node.spec.dtype)
            compare(one, other, np.dtype(dtype), signs=signs, scale=scale)
        for one, again in zip(found, runner(*args), strict=True):
            np.testing.assert_array_equal(one, again)
    return program


def opcodes(program: Program) -> list[int]:
    """The opcodes of the table that runs a program, with its regions compiled."""
    return Runner(program, often=True).code.table[:, 0].tolist()


def compare(
    found: Any, expected: Any, dtype: np.dtype[Any], *, signs: bool = False, scale: float = 0.0
) -> None:
    """Assert that two arrays agree, within the tolerance of `dtype`."""
    found, expected = np.asarray(found), np.asarray(expected)
    if expected.dtype.kind != "f":
        np.testing.assert_array_equal(found, expected)
        return
    finite = np.abs(expected[np.isfinite(expected)])
    scale = min(float(finite.max(initial=scale)), 1e30)
    tolerance = TOLERANCE[dtype]
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * scale)
    if signs:
        zeros = expected == 0
        np.testing.assert_array_equal(np.signbit(found[zeros]), np.signbit(expected[zeros]))
