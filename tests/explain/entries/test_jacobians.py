"""Sparse local gradients between named results: the dense ones, without what is not there."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.autodiff.reverse import pull_back
from chainrule.explain.entries.jacobians import Jacobians, jacobians
from chainrule.explain.entries.units import units
from chainrule.graph import Graph, Node
from chainrule.ops.losses import cross_entropy
from chainrule.ops.tensor import constant
from explain.records import RECORDS, recorded


def linked(loss: cr.Tensor, steps: str, wanted=None) -> Jacobians:
    return jacobians(units(Graph.of([loss.node]), steps), loss.node, wanted)


def dense(consumer: Node, source: Node, shown: set[Node]) -> np.ndarray:
    """∂consumer/∂source with every other shown node held fixed, a row at a time."""
    made: dict[Node, cr.Tensor] = {source: cr.variable(source.value)}

    def again(node: Node) -> cr.Tensor:
        if node not in made:
            if node.primitive is None or (node in shown and node is not consumer):
                made[node] = cr.Tensor(node)
            else:
                inputs = map(again, node.inputs)
                made[node] = cr.ops.define.apply(node.primitive, *inputs, **node.params)
        return made[node]

    output, rows = again(consumer), []
    for place in range(consumer.spec.size):
        seed = np.zeros(consumer.spec.shape)
        seed.flat[place] = 1
        rows.append(pull_back(output, constant(seed), [made[source]])[0].value.ravel())
    return np.reshape(rows, (consumer.spec.size, source.spec.size))


@pytest.mark.parametrize("steps", ["gates", "names"])
@pytest.mark.parametrize("name", RECORDS)
def test_they_are_the_dense_ones(name, steps):
    loss = RECORDS[name](np.random.default_rng(3))
    found = linked(loss, steps)
    for link in found.links:
        expected = dense(link.consumer, link.source, set(found.nodes))
        np.testing.assert_allclose(link.local.scipy.toarray(), expected, rtol=1e-10, atol=1e-12)
        stored = np.zeros(expected.shape, dtype=bool)
        stored[link.local.rows, link.local.indices] = True
        assert stored[np.abs(expected) > 1e-12].all()
        assert link.local.scipy.has_canonical_format
    assert found.nodes[-1] is loss.node
    place = {node: i for i, node in enumerate(found.nodes)}
    assert all(place[link.source] < place[link.consumer] for link in found.links)


@pytest.mark.parametrize("name", RECORDS)
@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.sampled_from(["gates", "names"]))
def test_their_products_are_the_gradient(name, seed, steps):
    """Backwards over the links, from all entries and from a few, the gradient comes out."""
    random = np.random.default_rng(seed)
    loss = RECORDS[name](random)
    gradients = loss.gradients()
    leaves = [node for node in Graph.of([loss.node]).nodes if node.variable]
    some = {n: random.permutation(n.spec.size)[: random.integers(0, 4)] for n in leaves}
    for wanted in (None, some):
        adjoint = {loss.node: np.ones(1)}
        for link in reversed(linked(loss, steps, wanted).links):
            back = link.local.scipy.T @ adjoint[link.consumer]
            adjoint[link.source] = adjoint.get(link.source, 0.0) + back
        for node in leaves:
            places = np.arange(node.spec.size) if wanted is None else wanted[node]
            found = np.broadcast_to(adjoint.get(node, 0.0), node.spec.size)
            expected = gradients[cr.Tensor(node)].value.ravel()
            np.testing.assert_allclose(found[places], expected[places], rtol=1e-9, atol=1e-12)
            others = np.delete(np.arange(node.spec.size), places)
            assert not found[others].any(), "an entry nobody asked for"


def test_nothing_is_there_that_does_not_lead_to_the_output():
    w = cr.variable(np.ones((3, 2)), "w")
    h = (w @ np.ones(2)).named("h")
    _aside = (h * 2).named("aside")
    found = linked(cr.sum(h[:2]).named("f"), "names")
    between = {(link.consumer.name, link.source.name): link.local for link in found.links}
    assert set(between) == {("h", "w"), ("f", "h")}
    assert between["h", "w"].nnz == 4  # the last row of h is used by nobody
    assert between["f", "h"].nnz == 2


def test_an_edge_of_zero_stays_an_edge():
    x = cr.variable([-1.0, 2.0], "x")
    w = cr.variable([[0.0, 3.0]], "w")
    found = linked((w @ cr.relu(x).named("h")).sum().named("f"), "names")
    between = {(link.consumer.name, link.source.name): link.local for link in found.links}
    assert between["h", "x"].nnz == 2
    assert between["h", "x"].scipy.toarray().tolist() == [[0, 0], [0, 1]]
    assert between["f", "h"].nnz == 2
    assert between["f", "w"].nnz == 2


def test_where_gradients_stop_there_is_no_edge():
    x = cr.variable([0.5, -1.0], "x")
    stopped, flat = cr.stop_gradient(x).named("stopped"), cr.step(x).named("flat")
    found = linked((x * stopped * flat).sum().named("f"), "names")
    between = {(link.consumer.name, link.source.name): link.local for link in found.links}
    assert set(between) == {("f", "x"), ("f", "stopped"), ("f", "flat"), ("flat", "x")}
    assert between["flat", "x"].nnz == 2
    assert not between["flat", "x"].data.any()


@pytest.mark.parametrize(("batch", "whole"), [(None, True), (128, False)])
def test_a_network_of_half_a_million_weights(batch, whole):
    """All weights for one row, or one weight for many rows, in moments and little memory."""
    random = np.random.default_rng(0)
    loss = cross_entropy(
        recorded(random, (784, 512, 512, 10), batch), random.integers(0, 10, batch)
    ).named("loss")
    wanted = None
    if not whole:
        wanted = {n: np.array([4220]) for n in Graph.of([loss.node]).nodes if n.name == "w1"}
    begun = time.process_time()
    found = linked(loss, "names", wanted)
    assert time.process_time() - begun < 3.0
    edges = sum(link.local.nnz for link in found.links)
    expected = 784 * 512 * 2 + 512 * 512 * 2 + 10 * 512 * 2 + 4 * 512 + 2 * 10
    several = 128 * (1 + 1 + 512 + 512 + 5120 + 10)
    assert edges == (expected if whole else several)
