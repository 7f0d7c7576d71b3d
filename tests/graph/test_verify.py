"""The checker refuses every kind of malformed graph and names the node at fault."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import GraphError
from chainrule.graph import Graph, Node, Spec, verify
from chainrule.ops.registry import PRIMITIVES

F64 = np.dtype(np.float64)
MUL, MATMUL = PRIMITIVES["mul"], PRIMITIVES["matmul"]


def leaf(value, name="x", **changes):
    array = np.asarray(value)
    return Node(Spec(array.shape, array.dtype), **{"value": array, "name": name, **changes})


def product(a, b, spec=None, **changes):
    return Node(spec or Spec((2,), F64), primitive=MUL, inputs=(a, b), name="p", **changes)


A = leaf([1.0, 2.0], variable=True)
GOOD = product(A, A, value=np.array([1.0, 4.0]))

MALFORMED = {
    "a wrong shape": (
        lambda: product(A, A, Spec((3,), F64)),
        "p: expected f64[2] by the rule of mul, got f64[3]",
    ),
    "a wrong dtype": (
        lambda: product(A, A, Spec((2,), np.dtype(np.float32))),
        "expected f64[2] by the rule of mul, got f32[2]",
    ),
    "a value of another shape": (
        lambda: product(A, A, value=np.ones(3)),
        "p: expected a value of f64[2], got f64[3]",
    ),
    "a value of another dtype": (
        lambda: product(A, A, value=np.ones(2, np.float32)),
        "p: expected a value of f64[2], got f32[2]",
    ),
    "operands that do not fit": (
        lambda: Node(
            Spec((), F64),
            primitive=MATMUL,
            inputs=(A, leaf([1.0, 2.0, 3.0], "b")),
            name="p",
        ),
        "x of shape (2,) and b of shape (3,)",
    ),
    "a leaf with nothing in it": (
        lambda: product(A, Node(Spec((2,), F64), name="hollow")),
        "hollow: expected a leaf with a value, or one listed as an input",
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_record_is_refused(name):
    make, words = MALFORMED[name]
    with pytest.raises(GraphError) as caught:
        verify(Graph.of([make()]))
    assert words in str(caught.value)


def test_nodes_out_of_order_are_refused():
    b = leaf([1.0, 2.0], "b")
    late = product(A, b, value=np.array([1.0, 4.0]))
    with pytest.raises(GraphError, match="operand b after its use"):
        verify(Graph((A,), (late,), (A, late, b)))


def test_a_node_whose_operand_is_missing_is_refused():
    b = leaf([1.0, 2.0], "b")
    with pytest.raises(GraphError, match="topological order"):
        verify(Graph((A,), (product(A, b),), (A, product(A, b))))


def test_an_output_outside_the_graph_is_refused():
    with pytest.raises(GraphError, match="one that is not"):
        verify(Graph((A,), (GOOD,), (A,)))


def test_a_well_formed_record_is_returned():
    graph = Graph.of([GOOD])
    assert verify(graph) is graph
    assert verify(dataclasses.replace(graph, outputs=graph.nodes)).outputs == graph.nodes


def test_records_of_a_computation_and_of_its_gradients_are_well_formed():
    x, w = cr.variable(np.ones((4, 3)), "x"), cr.variable(np.ones((2, 3)), "w")
    out = cr.logsumexp(cr.gelu(x @ w.T), axis=1).mean()
    verify(out.graph())
    for gradient in out.gradients().values():
        verify(gradient.graph())
