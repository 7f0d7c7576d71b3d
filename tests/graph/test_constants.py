"""What is computed from constants alone keeps a bounded part of its record."""

from __future__ import annotations

import gc

import numpy as np

import chainrule as cr
from chainrule.graph import Node
from chainrule.ops.tensor import constant


def alive():
    gc.collect()
    return sum(isinstance(one, Node) for one in gc.get_objects())


def test_a_loop_over_constants_does_not_grow_for_ever():
    state, before = constant(np.ones(2)), alive()
    for _ in range(2000):
        state = state * 0.5 + 1.0
    assert alive() - before <= 1000
    np.testing.assert_array_equal(state.value, [2.0, 2.0])
    assert len(state.graph().nodes) <= 1000


def test_what_depends_on_a_variable_is_kept():
    x = cr.variable(1.0, "x")
    state = x
    for _ in range(1000):
        state = state + constant(1.0) * 2.0
    assert state.gradients()["x"].item() == 1.0
    traced = cr.trace(lambda x: cr.sum(cr.stack([x] * 3)) + state.value, 1.0)
    assert [node.kind for node in traced.nodes].count("stack") == 1


def test_short_computations_of_constants_are_kept():
    state = constant(2.0).named("two")
    for _ in range(20):
        state = state * 3.0
    assert len([node for node in state.graph().nodes if node.kind == "mul"]) == 20
