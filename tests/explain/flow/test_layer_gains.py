"""Gains of layers, compared with the norms of the gradient, and their split into factors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule import gallery
from chainrule.explain import explain, flow, read
from chainrule.explain.entries import partition
from chainrule.explain.flow.layer_gains import layer_gains
from chainrule.explain.flow.parts import FactorKind
from chainrule.graph import Graph
from explain.flows import gallery_chain, network, networks, recurrent


@settings(max_examples=20, deadline=None)
@given(networks, st.sampled_from(["gates", "names"]))
def test_gains_are_ratios_of_the_norms(architecture, steps):
    loss = network(*architecture)
    nodes = {node.name: cr.Tensor(node) for node in loss.graph().nodes if node.name}
    norm = 1.0
    for layer in flow(loss, steps=steps).layers:
        for step in layer.steps:
            before, norm = norm, step.norm
            assert step.factor == (norm / before if before else None)
        if len(layer.end) == 1 and layer.end[0] in nodes:
            shown = explain(loss, wrt=layer.end[0]).derivation.gradients[layer.end[0]]
            assert layer.norm == pytest.approx(np.linalg.norm(np.ravel(shown)), rel=1e-9)
        if layer.gain is not None:
            parts = [p for p in (layer.activation, layer.weights, layer.other) if p is not None]
            assert math.prod(parts) == pytest.approx(layer.gain)
            assert math.prod(step.factor for step in layer.steps) == pytest.approx(layer.gain)


@settings(max_examples=20, deadline=None)
@given(networks)
def test_activations_and_weights_are_distinguished(architecture):
    seed, widths, *rest = architecture
    loss = network(seed, [2, *widths], *rest)
    loss_layer, *layers = flow(loss, steps="names").layers
    assert (loss_layer.start, loss_layer.end[0][0]) == (("loss",), "a")
    depth = len(widths)
    assert [layer.by for layer in layers] == [(f"w{i}",) for i in range(depth, 1, -1)] + [()]
    for layer in layers:
        slope, *weights = [step.kind for step in layer.steps]
        assert slope is FactorKind.ACTIVATION
        assert weights in ([FactorKind.WEIGHTS], [])


def test_a_slope_is_the_ratio_of_the_norms_on_both_sides():
    loss = network(1, [3, 4, 2], cr.sigmoid)
    nodes = {node.name: node.value for node in loss.graph().nodes if node.name}
    upstream = 2 * (nodes["a2"] - 0.3)
    slope = nodes["a2"] * (1 - nodes["a2"])
    layer = flow(loss).layers[1]
    assert layer.start == ("a2",)
    assert layer.activation == pytest.approx(
        np.linalg.norm(slope * upstream) / np.linalg.norm(upstream)
    )
    back = nodes["w2"].T @ (slope * upstream)
    assert layer.weights == pytest.approx(np.linalg.norm(back) / np.linalg.norm(slope * upstream))


def test_why_the_gradient_vanishes():
    found = gallery_chain("vanishing-chain")
    loss, *neurons = found.layers
    assert loss.norm == pytest.approx(0.428348, abs=1e-6)
    assert [neuron.by for neuron in neurons] == [("w3",), ("w2",), ("w1",)]
    assert [neuron.weights for neuron in neurons] == pytest.approx([0.5] * 3)
    assert all(neuron.activation <= 0.25 for neuron in neurons)
    steps = {step.end[0]: step for layer in found.layers for step in layer.steps}
    assert steps["f1"].norm == pytest.approx(0.0015, abs=5e-6)
    assert steps["x"].norm == pytest.approx(0.00075, abs=5e-6)
    assert math.prod(step.factor for step in steps.values()) == pytest.approx(steps["x"].norm)


def test_why_the_gradient_explodes():
    found = gallery_chain("exploding-chain")
    assert [layer.norm for layer in found.layers] == [124, 620, 3100, 15500]
    assert [layer.gain for layer in found.layers] == [124, 5, 5, 5]
    assert [layer.activation for layer in found.layers[1:]] == [1, 1, 1]
    assert [layer.weights for layer in found.layers[1:]] == [5, 5, 5]


def test_neurons_drawn_one_by_one_are_layers_too():
    example = gallery.get("two-two-two")
    by_hand = flow(read(example.expression, example.inputs, intermediates=False), steps="names")
    by_layers = flow(gallery.get("two-two-two-nn").work().main.record)
    assert by_hand.layers[1].by == ("w5", "w6", "w7", "w8")
    for one, other in zip(by_hand.layers, by_layers.layers, strict=True):
        for part in ("norm", "gain", "activation", "weights", "other"):
            assert getattr(one, part) == pytest.approx(getattr(other, part))


def test_a_loss_without_an_activation_before_it():
    for text in ("(w*x + b - y)^2 * w2", "f = 0.5*(w2*tanh(w*x) - y)^2"):
        values = {"w": 1.5, "x": 2.0, "b": 0.5, "y": 1.0, "w2": 3.0}
        found = flow(read(text, {name: values[name] for name in values if name in text}))
        assert found.layers
    assert found.layers[0].activation is None
    assert found.layers[1].activation is None
    assert found.layers[1].by == ("w2",)
    assert found.layers[2].activation == pytest.approx(1 - math.tanh(3) ** 2)


def test_normalisation_and_shortcuts_are_neither_activation_nor_weights():
    random = np.random.default_rng(0)
    x, w = (
        cr.variable(random.normal(size=(5, 3)), "x"),
        cr.variable(random.normal(size=(3, 3)), "w"),
    )
    z = (x @ w).named("z")
    n = ((z - z.mean(0)) / (cr.var(z, 0) + 0.1) ** 0.5 * cr.variable(np.ones(3), "g")).named("n")
    a = (cr.tanh(n).named("a") + z).named("y")
    kinds = {
        step.end[0]: step.kind
        for layer in flow(cr.square(a).sum(), steps="names").layers
        for step in layer.steps
    }
    assert kinds == {
        "y": FactorKind.OTHER,
        "a": FactorKind.OTHER,
        "n": FactorKind.ACTIVATION,
        "z": FactorKind.OTHER,
    }


def test_where_the_gradient_vanishes_the_factor_is_0_then_none():
    found = flow(gallery.get("dead-relu").work().main.record)
    assert [layer.norm for layer in found.layers][1:] == [0.0] * (len(found.layers) - 1)
    assert found.layers[1].weights == 0
    assert found.layers[2].gain is None


def test_a_recurrent_layer_gains_step_by_step():
    random = np.random.default_rng(4)
    w, u, inputs = (random.normal(size=shape) for shape in ((3, 3), (3, 2), (4, 2)))
    found = flow(recurrent({"W": cr.variable(w, "W"), "U": cr.variable(u, "U")}, inputs))
    assert [layer.by for layer in found.layers] == [(), ("W",), ("W",), ("W",), ()]
    assert all(layer.activation <= 1 for layer in found.layers[1:])


@pytest.mark.parametrize(
    ("expression", "slope"),
    [
        ("sigmoid(w*x + b)", "activation"),
        ("sigmoid(b + w*x)", "activation"),
        ("(w*x - b)^2", "other"),
        ("(b - w*x)^2", "other"),
    ],
)
def test_a_bias_is_added_and_a_target_subtracted(expression, slope):
    """The only slope is an activation if a bias follows it, and the loss if a difference does."""
    output = read(expression, {"w": 2.0, "x": -1.0, "b": 0.5})
    first = flow(output, inputs=["x"]).layers[0]
    others = {"activation": first.activation, "other": first.other}
    assert others[slope] not in (None, 1.0)


def test_a_bias_is_one_whatever_the_gradient_adds_up_to():
    """The gradient of a cross-entropy for its logits, p − y, adds up to 0."""
    rng = np.random.default_rng(0)
    h, w, b = cr.variables(
        h=rng.normal(size=(2, 3)), w=rng.normal(size=(3, 4)), b=rng.normal(size=4)
    )
    product = (cr.tanh(h).named("a") @ w).named("product")
    for logits, shifts in ((product + b, True), (product - b, False), (product * b, False)):
        loss = cr.cross_entropy(logits.named("z"), [1, 3]).named("loss")
        steps = [step for layer in flow(loss, steps="names").layers for step in layer.steps]
        assert [step.shifts for step in steps if step.end == ("product",)] == [shifts]


def test_weights_are_named_in_the_order_of_the_graph():
    x = cr.variable(np.array([0.5, -1.0]), "x")
    second, first = (cr.variable(np.ones((2, 2)) * k, name) for k, name in ((2.0, "b"), (1.0, "a")))
    loss = (first @ x + second @ x).sum().named("loss")
    recorded = Graph.of([loss.node])
    leaves = {first.node: 0, second.node: 1}
    nodes = sorted(
        recorded.nodes, key=lambda node: (node.primitive is not None, leaves.get(node, 2))
    )
    graph = Graph(recorded.inputs, recorded.outputs, tuple(nodes))
    for order, names in ((recorded, ("b", "a")), (graph, ("a", "b"))):
        layers = layer_gains(partition(order, "names"), order, [x.node])
        assert [step.by for layer in layers for step in layer.steps if step.by] == [names]
