"""The exact text of `print(graph)`, and the names and consumers of nodes."""

from __future__ import annotations

import numpy as np

import chainrule as cr
from chainrule.graph import Graph, verify


def test_an_eager_graph_shows_its_values():
    q, z = cr.variables(q=3.0, z=-4.0)
    f = (q * z + 1).named("f")
    assert str(f.graph()) == (
        "graph (q: f64[]  # 3., z: f64[]  # -4.)\n"
        "  v0: f64[] = mul q z  # -12.\n"
        "  f: f64[] = add v0 1  # -11.\n"
        "return f"
    )


def test_a_traced_graph_shows_shapes_and_parameters():
    def layer(x, w):
        return cr.sum(cr.relu(x @ w.T), axis=0)

    assert str(cr.trace(layer, cr.spec((5, 3), np.float32), cr.spec((2, 3), np.float32))) == (
        "graph (x0: f32[5,3], x1: f32[2,3])\n"
        "  v0: f32[3,2] = transpose x1 axes=(1,0)\n"
        "  v1: f32[5,2] = matmul x0 v0\n"
        "  v2: f32[5,2] = relu v1\n"
        "  v3: f32[2] = sum v2 axis=(0,) keepdims=False\n"
        "return v3"
    )


def test_constants_have_a_line_unless_they_are_numbers():
    x = cr.variable(np.zeros(3), "x")
    assert str((x * np.array([1.0, 2.0, 3.0]) * 2.5).graph()) == (
        "graph (x: f64[3]  # [0., 0., 0.])\n"
        "  c0: f64[3] = constant  # [1., 2., 3.]\n"
        "  v0: f64[3] = mul x c0  # [0., 0., 0.]\n"
        "  v1: f64[3] = mul v0 2.5  # [0., 0., 0.]\n"
        "return v1"
    )


def test_long_values_are_omitted():
    x = cr.variable(np.zeros(7), "x")
    assert str((-x).graph()) == "graph (x: f64[7])\n  v0: f64[7] = neg x\nreturn v0"


def test_a_gradient_is_a_graph_that_prints():
    graph = cr.trace(cr.grad(lambda x: cr.exp(x) * 3), 1.0)
    assert str(graph) == (
        "graph (x0: f64[])\n"
        "  v0: f64[] = copy x0\n"
        "  v1: f64[] = exp v0\n"
        "  v2: f64[] = mul 1 3  # 3.\n"
        "  v3: f64[] = mul v2 v1\n"
        "return v3"
    )


def test_several_outputs_and_an_output_that_is_an_input():
    graph = cr.trace(lambda x, y: (x + y, x, 7.0), 1.0, 2.0)
    assert str(graph) == ("graph (x0: f64[], x1: f64[])\n  v0: f64[] = add x0 x1\nreturn v0, x0, 7")


def test_generated_names_differ_from_all_others():
    x, again, v0 = cr.variable(1.0, "x"), cr.variable(2.0, "x"), cr.variable(3.0, "v0")
    out = x * again * v0 * cr.variable(4.0, "x0")
    names = list(out.graph().names().values())
    assert len(names) == len(set(names))
    assert {"x", "v0", "x0", "x1"} <= set(names)


def test_consumers():
    x = cr.variable(2.0, "x")
    square, line = x * x, x + 1.0
    graph = verify(Graph.of([square.node, line.node]))
    users = graph.consumers()[x.node]
    assert users == [(square.node, 0), (square.node, 1), (line.node, 0)]


def test_a_graph_stops_at_its_inputs():
    x = cr.variable(2.0, "x")
    h = x * x
    out = cr.sin(h)
    graph = verify(Graph.of([out.node], [h.node]))
    assert x.node not in graph.nodes
    assert graph.inputs == (h.node,)
