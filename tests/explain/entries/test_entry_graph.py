"""The graph of entries: the same edges in small and in large records, and correct gradients."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.explain import explain
from chainrule.explain.entries import entry_graph
from chainrule.explain.entries.entry import Entry
from chainrule.explain.entries.entry_graph import EntryGraph
from chainrule.graph import Graph
from explain.stories import network

CLOSE = {"rel": 1e-9, "abs": 1e-12}


def layers(seed: int, kind: int, batch: int):
    """A small network of arrays: its parameters, and the loss as a function of them."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(batch, 3))
    given = {
        "w1": random.normal(size=(4, 3)),
        "b1": random.normal(size=4 if kind % 2 else 1),
        "w2": random.normal(size=(2, 4)),
    }
    hidden = [cr.relu, cr.tanh, cr.softmax, lambda z: (z - z.mean(0)) / (cr.var(z, 0) + 0.1) ** 0.5]

    def loss(w1, b1, w2):
        h = hidden[kind](x @ cr.transpose(w1) + b1).named("h")
        out = cr.matmul(h, cr.transpose(w2)).named("out")
        return (cr.square(out - 0.3).sum() / batch).named("loss")

    return given, loss


kinds = st.tuples(st.integers(0, 10_000), st.integers(0, 3), st.integers(1, 3))


def recorded(given, loss):
    return loss(**{name: cr.variable(value, name) for name, value in given.items()})


@settings(max_examples=25, deadline=None)
@given(kinds, st.sampled_from(["gates", "names"]))
def test_small_and_large_records_have_the_same_edges(kind, resolution):
    graph = Graph.of([recorded(*layers(*kind)).node])
    wanted = [
        Entry(node, index)
        for node in graph.nodes
        if node.variable
        for index in list(np.ndindex(*node.spec.shape))[::3]
    ]
    small = EntryGraph(graph, resolution, wanted)
    assert small.small
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entry_graph, "SMALL", 0)
        large = EntryGraph(graph, resolution, wanted)
    assert not large.small
    reached, stack = set(wanted), list(wanted)
    while stack:
        entry = stack.pop()
        one = {edge.consumer: edge.local for edge in large.edges(entry)}
        other = {edge.consumer: edge.local for edge in small.edges(entry)}
        assert one.keys() == other.keys()
        for consumer, local in one.items():
            assert local == pytest.approx(other[consumer], **CLOSE)
        stack.extend(one.keys() - reached)
        reached |= one.keys()
    assert large.output in reached


@settings(max_examples=20, deadline=None)
@given(kinds)
def test_an_entry_agrees_with_finite_differences(kind):
    given, loss = layers(*kind)
    derivation = explain(recorded(given, loss), wrt="w1[1, 2]").derivation
    (chain,) = derivation.chains

    def at(shift: float) -> float:
        moved = {name: value.copy() for name, value in given.items()}
        moved["w1"][1, 2] += shift
        return recorded(moved, loss).item()

    slope = (at(1e-5) - at(-1e-5)) / 2e-5
    back = next(step for step in derivation.backward if step.name == "w1[1, 2]")
    assert chain.gradient == pytest.approx(slope, rel=1e-4, abs=1e-7)
    assert back.gradient == chain.gradient
    assert sum(c.product for c in back.contributions) == pytest.approx(chain.gradient, **CLOSE)
    assert sum(p.value for p in chain.products) + chain.rest == pytest.approx(
        chain.gradient, **CLOSE
    )


def test_one_weight_of_a_network_of_ten_thousand():
    derivation = network().derivation
    shown = {step.name for step in derivation.forward}
    assert "w1[4, 5]" in shown
    assert len(shown) < 60
    for step in derivation.backward:
        if step.contributions:
            total = sum(c.product for c in step.contributions) + step.rest
            assert total == pytest.approx(step.gradient, **CLOSE)
            assert {c.via for c in step.contributions} <= shown
    (chain,) = derivation.chains
    assert chain.count > 100
    assert sum(p.value for p in chain.products) + chain.rest == pytest.approx(
        chain.gradient, **CLOSE
    )
    for product in chain.products:
        assert math.prod(f.value for f in product.factors) == pytest.approx(product.value, **CLOSE)
    assert np.shape(derivation.gradients["w1"]) == (128, 64)
    assert derivation.gradients["w1"][4][5] == chain.gradient


def dead(widths=(3, 4, 2), offset=-100.0):
    """A network whose hidden neurons never fire."""
    w1 = cr.variable(np.ones((widths[1], widths[0])), "w1")
    w2 = cr.variable(np.ones((widths[2], widths[1])), "w2")
    z = (w1 @ np.ones(widths[0]) + offset).named("z")
    return (w2 @ cr.relu(z).named("a")).sum().named("loss")


@pytest.mark.parametrize("large", [False, True])
def test_a_gradient_of_zero_is_followed_to_its_reason(large, monkeypatch):
    if large:
        monkeypatch.setattr(entry_graph, "SMALL", 0)
    explanation = explain(dead(), wrt="w1[1, 2]")
    (chain,) = explanation.derivation.chains
    assert chain.gradient == 0
    assert chain.count == 1
    assert [factor.value for factor in chain.products[0].factors] == [2.0, 0.0, 1.0]
    text = " ".join(str(explanation).split())
    assert "∂a[1]/∂z[1] × ∂loss/∂a[1] = (1 if z[1] > 0 else 0) × 2 = 0 × 2 = 0" in text
