"""Sparse local Jacobians between named results: equal to the dense ones, edge by edge."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.autodiff.reverse import pull_back
from chainrule.explain.entries.jacobians import JacobianGraph, local_jacobians
from chainrule.explain.entries.partition import partition
from chainrule.explain.entries.sparse_matrix import SparseMatrix
from chainrule.graph import Graph, Node
from chainrule.ops.losses import cross_entropy
from chainrule.ops.tensor import constant
from explain.records import RECORDS, recorded


def jacobian_graph(loss: cr.Tensor, steps: str, wanted=None) -> JacobianGraph:
    return local_jacobians(partition(Graph.of([loss.node]), steps), loss.node, wanted)


def by_names(graph: JacobianGraph) -> dict[tuple[str | None, str | None], SparseMatrix]:
    """Each matrix by the names of its consumer and its source."""
    return {(each.consumer.name, each.source.name): each.matrix for each in graph.jacobians}


def dense(consumer: Node, source: Node, shown: set[Node]) -> np.ndarray:
    """∂consumer/∂source with every other shown node held fixed, a row at a time."""
    replayed: dict[Node, cr.Tensor] = {source: cr.variable(source.value)}

    def replay(node: Node) -> cr.Tensor:
        if node not in replayed:
            if node.primitive is None or (node in shown and node is not consumer):
                replayed[node] = cr.Tensor(node)
            else:
                inputs = map(replay, node.inputs)
                replayed[node] = cr.ops.define.apply(node.primitive, *inputs, **node.params)
        return replayed[node]

    output, rows = replay(consumer), []
    for flat in range(consumer.spec.size):
        seed = np.zeros(consumer.spec.shape)
        seed.flat[flat] = 1
        rows.append(pull_back(output, constant(seed), [replayed[source]])[0].value.ravel())
    return np.reshape(rows, (consumer.spec.size, source.spec.size))


@pytest.mark.parametrize("steps", ["gates", "names"])
@pytest.mark.parametrize("name", RECORDS)
def test_they_equal_the_dense_jacobians(name, steps):
    loss = RECORDS[name](np.random.default_rng(3))
    found = jacobian_graph(loss, steps)
    for jacobian in found.jacobians:
        expected = dense(jacobian.consumer, jacobian.source, set(found.nodes))
        np.testing.assert_allclose(
            jacobian.matrix.to_scipy().toarray(), expected, rtol=1e-10, atol=1e-12
        )
        stored = np.zeros(expected.shape, dtype=bool)
        stored[jacobian.matrix.rows, jacobian.matrix.indices] = True
        assert stored[np.abs(expected) > 1e-12].all()
        assert jacobian.matrix.to_scipy().has_canonical_format
    assert found.nodes[-1] is loss.node
    position = {node: i for i, node in enumerate(found.nodes)}
    assert all(
        position[jacobian.source] < position[jacobian.consumer] for jacobian in found.jacobians
    )


@pytest.mark.parametrize("name", RECORDS)
@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.sampled_from(["gates", "names"]))
def test_their_products_are_the_gradient(name, seed, steps):
    """Multiplied backwards, from all entries and from a few, they are the gradient."""
    random = np.random.default_rng(seed)
    loss = RECORDS[name](random)
    gradients = loss.gradients()
    leaves = [node for node in Graph.of([loss.node]).nodes if node.variable]
    some = {n: random.permutation(n.spec.size)[: random.integers(0, 4)] for n in leaves}
    for wanted in (None, some):
        adjoint = {loss.node: np.ones(1)}
        for jacobian in reversed(jacobian_graph(loss, steps, wanted).jacobians):
            back = jacobian.matrix.to_scipy().T @ adjoint[jacobian.consumer]
            adjoint[jacobian.source] = adjoint.get(jacobian.source, 0.0) + back
        for node in leaves:
            indices = np.arange(node.spec.size) if wanted is None else wanted[node]
            found = np.broadcast_to(adjoint.get(node, 0.0), node.spec.size)
            expected = gradients[cr.Tensor(node)].value.ravel()
            np.testing.assert_allclose(found[indices], expected[indices], rtol=1e-9, atol=1e-12)
            others = np.delete(np.arange(node.spec.size), indices)
            assert not found[others].any(), "an entry nobody asked for"


def test_edges_that_do_not_lead_to_the_output_are_left_out():
    w = cr.variable(np.ones((3, 2)), "w")
    h = (w @ np.ones(2)).named("h")
    _aside = (h * 2).named("aside")
    found = jacobian_graph(cr.sum(h[:2]).named("f"), "names")
    between = by_names(found)
    assert set(between) == {("h", "w"), ("f", "h")}
    assert between["h", "w"].nnz == 4  # the last row of h has no consumer
    assert between["f", "h"].nnz == 2


def test_an_edge_of_zero_stays_an_edge():
    x = cr.variable([-1.0, 2.0], "x")
    w = cr.variable([[0.0, 3.0]], "w")
    found = jacobian_graph((w @ cr.relu(x).named("h")).sum().named("f"), "names")
    between = by_names(found)
    assert between["h", "x"].nnz == 2
    assert between["h", "x"].to_scipy().toarray().tolist() == [[0, 0], [0, 1]]
    assert between["f", "h"].nnz == 2
    assert between["f", "w"].nnz == 2


def test_where_gradients_stop_there_is_no_edge():
    x = cr.variable([0.5, -1.0], "x")
    stopped, flat = cr.stop_gradient(x).named("stopped"), cr.step(x).named("flat")
    found = jacobian_graph((x * stopped * flat).sum().named("f"), "names")
    between = by_names(found)
    assert set(between) == {("f", "x"), ("f", "stopped"), ("f", "flat"), ("flat", "x")}
    assert between["flat", "x"].nnz == 2
    assert not between["flat", "x"].data.any()


@pytest.mark.parametrize(("batch", "whole"), [(None, True), (128, False)])
def test_a_network_of_half_a_million_weights(batch, whole):
    """All weights for one row, or one weight for many rows, take little time and memory."""
    random = np.random.default_rng(0)
    loss = cross_entropy(
        recorded(random, (784, 512, 512, 10), batch), random.integers(0, 10, batch)
    ).named("loss")
    wanted = None
    if not whole:
        wanted = {n: np.array([4220]) for n in Graph.of([loss.node]).nodes if n.name == "w1"}
    begun = time.process_time()
    found = jacobian_graph(loss, "names", wanted)
    assert time.process_time() - begun < 3.0
    edges = sum(jacobian.matrix.nnz for jacobian in found.jacobians)
    expected = 784 * 512 * 2 + 512 * 512 * 2 + 10 * 512 * 2 + 4 * 512 + 2 * 10
    several = 128 * (1 + 1 + 512 + 512 + 5120 + 10)
    assert edges == (expected if whole else several)
