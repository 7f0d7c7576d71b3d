"""Entries of arrays: small records and large ones tell the same, and what they tell is right."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.errors import ChainruleError, OptionError, UnknownNameError
from chainrule.explain import explain
from chainrule.explain.entries import cells as cells_module
from chainrule.explain.entries.cells import Cell, Cells
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
        Cell(node, index)
        for node in graph.nodes
        if node.variable
        for index in list(np.ndindex(*node.spec.shape))[::3]
    ]
    whole = Cells(graph, resolution, wanted)
    assert whole.small
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells_module, "SMALL", 0)
        followed = Cells(graph, resolution, wanted)
    assert not followed.small
    reached, stack = set(wanted), list(wanted)
    while stack:
        cell = stack.pop()
        one = {edge.consumer: edge.local for edge in followed.edges(cell)}
        other = {edge.consumer: edge.local for edge in whole.edges(cell)}
        assert one.keys() == other.keys()
        for consumer, local in one.items():
            assert local == pytest.approx(other[consumer], **CLOSE)
        stack.extend(one.keys() - reached)
        reached |= one.keys()
    assert followed.output in reached


@settings(max_examples=20, deadline=None)
@given(kinds)
def test_an_entry_agrees_with_finite_differences(kind):
    given, loss = layers(*kind)
    told = explain(recorded(given, loss), wrt="w1[1, 2]").derivation
    (chain,) = told.chains

    def at(shift: float) -> float:
        moved = {name: value.copy() for name, value in given.items()}
        moved["w1"][1, 2] += shift
        return recorded(moved, loss).item()

    slope = (at(1e-5) - at(-1e-5)) / 2e-5
    back = next(step for step in told.backward if step.name == "w1[1, 2]")
    assert chain.gradient == pytest.approx(slope, rel=1e-4, abs=1e-7)
    assert back.gradient == chain.gradient
    assert sum(c.product for c in back.contributions) == pytest.approx(chain.gradient, **CLOSE)
    assert sum(p.value for p in chain.products) + chain.rest == pytest.approx(
        chain.gradient, **CLOSE
    )


def test_one_weight_of_a_network_of_ten_thousand():
    told = network().derivation
    shown = {step.name for step in told.forward}
    assert "w1[4, 5]" in shown
    assert len(shown) < 60
    for step in told.backward:
        if step.contributions:
            total = sum(c.product for c in step.contributions) + step.rest
            assert total == pytest.approx(step.gradient, **CLOSE)
            assert {c.via for c in step.contributions} <= shown
    (chain,) = told.chains
    assert chain.count > 100
    assert sum(p.value for p in chain.products) + chain.rest == pytest.approx(
        chain.gradient, **CLOSE
    )
    for product in chain.products:
        assert math.prod(f.value for f in product.factors) == pytest.approx(product.value, **CLOSE)
    assert np.shape(told.gradients["w1"]) == (128, 64)
    assert told.gradients["w1"][4][5] == chain.gradient


def dead(widths=(3, 4, 2), offset=-100.0):
    """A network whose hidden neurons never fire."""
    w1 = cr.variable(np.ones((widths[1], widths[0])), "w1")
    w2 = cr.variable(np.ones((widths[2], widths[1])), "w2")
    z = (w1 @ np.ones(widths[0]) + offset).named("z")
    return (w2 @ cr.relu(z).named("a")).sum().named("loss")


@pytest.mark.parametrize("large", [False, True])
def test_a_gradient_of_zero_is_followed_to_its_reason(large, monkeypatch):
    if large:
        monkeypatch.setattr(cells_module, "SMALL", 0)
    told = explain(dead(), wrt="w1[1, 2]")
    (chain,) = told.derivation.chains
    assert chain.gradient == 0
    assert chain.count == 1
    assert [factor.value for factor in chain.products[0].factors] == [2.0, 0.0, 1.0]
    text = " ".join(str(told).split())
    assert "∂a[1]/∂z[1] × ∂loss/∂a[1] = (1 if z[1] > 0 else 0) × 2 = 0 × 2 = 0" in text


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(
    ("wrt", "error", "says"),
    [
        ("w1[4, 0]", OptionError, r"an entry of w1, of shape \(4, 3\), got \[4, 0\]"),
        (f"w1[{'9' * 5000}]", UnknownNameError, "wrt"),
        ("w1[0]", OptionError, r"of shape \(4, 3\)"),
        ("w1[0, 0, 0]", OptionError, r"of shape \(4, 3\)"),
        ("w11[0, 0]", UnknownNameError, "did you mean"),
        ("w_1", UnknownNameError, "did you mean"),
        ("nothing like it", UnknownNameError, "expected one of"),
        ("w1[-1, 0]", ChainruleError, "w1"),
        ("w1[a]", ChainruleError, "w1"),
        ("", ChainruleError, "expected"),
    ],
)
def test_entries_that_do_not_exist(large, wrt, error, says, monkeypatch):
    if large:
        monkeypatch.setattr(cells_module, "SMALL", 0)
    with pytest.raises(error, match=says):
        explain(recorded(*layers(1, 0, 2)), wrt=wrt)


def test_a_large_record_asks_what_to_explain():
    with pytest.raises(OptionError, match=r'such as wrt="w1\[0, 0\]"'):
        network(wrt=None)


def test_a_tensor_may_be_asked_for():
    x = cr.variable([1.0, 2.0], "x")
    y = (x * x).named("y")
    told = explain(y.sum().named("f"), wrt=[y, x]).derivation
    assert [chain.wrt for chain in told.chains] == ["y[0]", "y[1]", "x[0]", "x[1]"]
    assert [chain.gradient for chain in told.chains] == [1, 1, 2, 4]
