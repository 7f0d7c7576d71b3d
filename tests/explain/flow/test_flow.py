"""The flow of gradients: against the norms themselves, enumeration, and networks untied."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule import gallery
from chainrule.errors import ChainruleError, DomainError, OptionError, UnknownNameError
from chainrule.explain import Flow, explain, flow, read
from chainrule.explain.flow.kinds import Kind

ACTIVATIONS = (cr.relu, cr.tanh, cr.sigmoid, cr.softplus, lambda z: cr.leaky_relu(z, 0.1))


def network(seed: int, widths, activation=cr.tanh, batch: int | None = None, bias: bool = True):
    """The loss of a network of arrays, its layers named z1, a1, z2, … or only a1, a2, …"""
    random = np.random.default_rng(seed)
    a = random.normal(size=widths[0] if batch is None else (batch, widths[0]))
    for i, (before, after) in enumerate(pairwise(widths), start=1):
        w = cr.variable(random.normal(size=(after, before)) / before**0.5, f"w{i}")
        z = a @ cr.transpose(w)
        if bias:
            z = z + cr.variable(random.normal(size=after) / 5, f"b{i}")
        a = activation(z.named(f"z{i}")).named(f"a{i}")
    return cr.square(a - 0.3).sum().named("loss")


def chain(name: str) -> Flow:
    example = gallery.get(name)
    return flow(read(example.expression, example.inputs), inputs=["x"])


networks = st.tuples(
    st.integers(0, 10_000),
    st.lists(st.integers(1, 4), min_size=2, max_size=5),
    st.sampled_from(ACTIVATIONS),
    st.one_of(st.none(), st.integers(1, 3)),
    st.booleans(),
)


# layers


@settings(max_examples=20, deadline=None)
@given(networks, st.sampled_from(["gates", "names"]))
def test_gains_are_those_of_the_norms(made, steps):
    loss = network(*made)
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
def test_activations_and_weights_are_told_apart(made):
    seed, widths, *rest = made
    loss = network(seed, [2, *widths], *rest)
    loss_layer, *layers = flow(loss, steps="names").layers
    assert (loss_layer.start, loss_layer.end[0][0]) == (("loss",), "a")
    depth = len(widths)
    assert [layer.by for layer in layers] == [(f"w{i}",) for i in range(depth, 1, -1)] + [()]
    for layer in layers:
        slope, *weights = [step.kind for step in layer.steps]
        assert slope is Kind.ACTIVATION
        assert weights in ([Kind.WEIGHTS], [])


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


def test_where_the_vanishing_gradient_comes_from():
    found = chain("vanishing-chain")
    loss, *neurons = found.layers
    assert loss.norm == pytest.approx(0.428348, abs=1e-6)
    assert [neuron.by for neuron in neurons] == [("w3",), ("w2",), ("w1",)]
    assert [neuron.weights for neuron in neurons] == pytest.approx([0.5] * 3)
    assert all(neuron.activation <= 0.25 for neuron in neurons)
    steps = {step.end[0]: step for layer in found.layers for step in layer.steps}
    assert steps["f1"].norm == pytest.approx(0.0015, abs=5e-6)
    assert steps["x"].norm == pytest.approx(0.00075, abs=5e-6)
    assert math.prod(step.factor for step in steps.values()) == pytest.approx(steps["x"].norm)


def test_where_the_exploding_gradient_comes_from():
    found = chain("exploding-chain")
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


def test_normalisation_and_shortcuts_are_neither():
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
    assert kinds == {"y": Kind.OTHER, "a": Kind.OTHER, "n": Kind.ACTIVATION, "z": Kind.OTHER}


def test_no_gradient_is_a_factor_of_0_and_none_after_it():
    found = flow(gallery.get("dead-relu").work().main.record)
    assert [layer.norm for layer in found.layers][1:] == [0.0] * (len(found.layers) - 1)
    assert found.layers[1].weights == 0
    assert found.layers[2].gain is None


# neurons


@settings(max_examples=25, deadline=None)
@given(networks, st.data())
def test_what_comes_through_a_neuron_is_what_enumeration_says(made, data):
    loss = network(*made)
    shape = (made[1][1], made[1][0])
    i, j = (data.draw(st.integers(0, n - 1)) for n in shape)
    wrt = f"w1[{i}, {j}]"
    (chain_,) = explain(loss, wrt=wrt, steps="names", paths=1000).derivation.chains
    if chain_.count > 1000:
        return
    (entry,) = flow(loss, wrt, steps="names").entries
    assert entry.gradient == pytest.approx(chain_.gradient, rel=1e-9, abs=1e-12)
    for level in entry.levels:
        for neuron in level.neurons:
            through = [p.value for p in chain_.products if neuron.name in chain_.route(p)]
            assert neuron.signed == pytest.approx(sum(through), rel=1e-9, abs=1e-12)
            assert neuron.absolute == pytest.approx(sum(map(abs, through)), rel=1e-9, abs=1e-12)
        assert sum(n.absolute for n in level.neurons) == pytest.approx(entry.absolute)


def recurrent(given, inputs, names=True):
    """tanh(W h + U x) over the inputs; with a list of W, one for each step."""
    w, u, h = given["W"], given["U"], np.zeros(3)
    for t, x in enumerate(inputs):
        own = w[t] if isinstance(w, list) else w
        h = cr.tanh(own @ h + u @ x)
        h = h.named(f"h{t + 1}") if names else h
    return cr.square(h).sum().named("loss")


@pytest.mark.parametrize("names", [True, False])
def test_contributions_by_lag_are_the_gradients_of_the_uses(names):
    random = np.random.default_rng(4)
    w, u, inputs = (random.normal(size=shape) for shape in ((3, 3), (3, 2), (5, 2)))
    tied = {"W": cr.variable(w, "W"), "U": cr.variable(u, "U")}
    untied = {"W": [cr.variable(w, f"W{t}") for t in range(5)], "U": cr.variable(u, "U")}
    slopes = recurrent(untied, inputs).gradients()
    (entry,) = (
        flow(recurrent(tied, inputs, names), "W[1, 2]", steps="names").entries
        if names
        else (flow(recurrent(tied, inputs, names), "W[1, 2]", steps="gates").entries)
    )
    expected = [slopes[f"W{t}"].value[1, 2] for t in range(4, -1, -1)]
    found = [use.contribution for use in entry.uses]
    assert [use.lag for use in entry.uses] == list(range(len(found)))
    assert found == pytest.approx(expected[: len(found)])
    assert expected[len(found) :] == pytest.approx([0.0] * (5 - len(found)))
    assert sum(found) == pytest.approx(entry.gradient)


def test_a_recurrent_layer_gains_step_by_step():
    random = np.random.default_rng(4)
    w, u, inputs = (random.normal(size=shape) for shape in ((3, 3), (3, 2), (4, 2)))
    found = flow(recurrent({"W": cr.variable(w, "W"), "U": cr.variable(u, "U")}, inputs))
    assert [layer.by for layer in found.layers] == [(), ("W",), ("W",), ("W",), ()]
    assert all(layer.activation <= 1 for layer in found.layers[1:])


def test_a_parameter_used_once_has_no_lags():
    assert flow(network(0, [2, 3, 2]), "w1[0, 0]").entries[0].uses == ()


# what is asked


@pytest.mark.parametrize(
    ("wrt", "error"),
    [("w9", UnknownNameError), ("w1[9, 9]", OptionError), ("w1", OptionError)],
)
def test_entries_that_cannot_be_told(wrt, error):
    with pytest.raises(error):
        flow(network(0, [30, 2]), wrt)


def test_records_that_cannot_be_differentiated():
    with pytest.raises(ChainruleError):
        flow(cr.variable([1.0, 2.0], "x") * 2)
    with pytest.raises(DomainError):
        flow(read("log(x)", {"x": -1.0}))
    with pytest.raises(UnknownNameError):
        flow(network(0, [2, 2]), steps="names or so")


# forms


def strange() -> Flow:
    w, x = cr.variable([[0.5, -1.0]], r"W_{%$<b>"), cr.variable([1.0, 2.0], "x&y")
    return flow(cr.tanh(w @ x).named("<a>").sum().named("∂f"), [x, w], title="<i>50 %</i>")


FLOWS = [
    lambda: chain("vanishing-chain"),
    lambda: flow(network(1, [3, 4, 2]), ["w1[0, 1]", "b1[0]"]),
    lambda: flow(gallery.get("dead-relu").work().main.record, "W1[0, 0]"),
    lambda: flow(
        recurrent({"W": cr.variable(np.eye(3), "W"), "U": np.ones((3, 2))}, np.ones((4, 2))),
        "W[0, 0]",
    ),
    lambda: flow(read("x", {"x": 2.0})),
    strange,
]


@pytest.mark.parametrize("made", FLOWS)
def test_every_form(made):
    found = made()
    text = str(found)
    assert max(map(len, text.split("\n"))) <= 80
    data = found.to_dict()
    assert data["output"] == found.output
    assert len(data["flow"]["layers"]) == len(found.layers)
    assert list(data["flow"]["entries"]) == [entry.wrt for entry in found.entries]
    assert "NaN" not in found.to_json()
    assert r"\begin{document}" in found.to_latex()
    assert r"\begin{document}" not in found.to_latex(document=False)
    for page in (found.to_html(), found._repr_html_()):
        assert "<b>" not in page
        assert "<i>" not in page


def test_the_text_of_a_chain():
    text = str(chain("exploding-chain"))
    assert "124 · 5 · 5 · 5 = 15500, the norm at x; at f9 it is 1" in text
    assert "f1 → x   × 5    = 15500  weights w1" in text


def test_the_text_of_an_entry():
    text = str(flow(network(1, [3, 4, 2]), "w1[0, 1]"))
    assert "a1: 1 neuron reached" in text
    assert "100 %" in text


@settings(max_examples=10, deadline=None)
@given(networks)
def test_totals_are_shown(made):
    found = flow(network(*made))
    if all(layer.gain for layer in found.layers):
        assert f" = {found.layers[-1].norm:.3g}"[:4] in str(found)


def test_an_infinite_slope_is_named():
    with pytest.raises(
        DomainError, match="gradient of f with respect to x: expected a finite slope"
    ):
        flow(read("f = sqrt(x)", {"x": 0.0}), "x")


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
    """Of one slope alone, behind a bias it is an activation's, behind a difference the loss's."""
    output = read(expression, {"w": 2.0, "x": -1.0, "b": 0.5})
    first = flow(output, inputs=["x"]).layers[0]
    others = {"activation": first.activation, "other": first.other}
    assert others[slope] not in (None, 1.0)
