"""What is computed from constants alone keeps a bounded part of its record."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import chainrule as cr
from chainrule.autodiff import adjoints
from chainrule.errors import GraphError
from chainrule.graph import Graph, Node
from chainrule.graph.node import MOST_CONSTANT_STEPS
from chainrule.ops.tensor import constant


def alive():
    gc.collect()
    return sum(type(one) is Node for one in gc.get_objects())


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


LONG = 2 * MOST_CONSTANT_STEPS


def long_loop(x):
    for _ in range(LONG):
        x = x * 1.001
    return x


@pytest.mark.parametrize("start", [constant(2.0), cr.sin(0.5), cr.variable(2.0)])
def test_a_constant_that_is_differentiated_keeps_its_record(start):
    slope = 1.001**LONG
    assert cr.grad(long_loop)(start).item() == pytest.approx(slope)
    assert cr.jacobian(long_loop)(start).item() == pytest.approx(slope)
    assert cr.vjp(long_loop, start)[1](1.0)[0].item() == pytest.approx(slope)
    assert cr.jvp(long_loop, (start,), (1.0,))[1].item() == pytest.approx(slope)
    second = cr.grad(cr.grad(lambda x: long_loop(x) ** 2))
    assert second(start).item() == pytest.approx(2 * slope**2)


def test_a_scan_that_reads_a_differentiated_constant_keeps_it():
    def total(c):
        return cr.scan(lambda a, x: (a * c, x), 1.0, np.ones(3))[0]

    assert cr.grad(total)(constant(2.0)).item() == pytest.approx(12.0)


def test_a_gradient_with_respect_to_a_forgotten_constant_is_refused():
    x, y = constant(2.0), constant(3.0)
    short = x * y
    assert adjoints(short, constant(1.0), [x.node])[x.node].item() == 3.0
    with pytest.raises(GraphError, match="a variable"):
        adjoints(long_loop(x), constant(1.0), [x.node])
    with pytest.raises(GraphError, match="a variable"):
        adjoints(long_loop(x) + x, constant(1.0), [x.node, y.node])
    with pytest.raises(GraphError, match="a variable"):
        Graph.of([long_loop(x).node], [x.node])
