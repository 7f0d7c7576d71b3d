"""Networks in columns: which entries are neurons and weights, and which of many are shown."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

import chainrule as cr
from chainrule import gallery
from chainrule.errors import OptionError, UnknownNameError
from chainrule.explain import explain, read
from chainrule.explain.drawing.columns import Network
from chainrule.explain.drawing.network_diagram import network

SVG = "{http://www.w3.org/2000/svg}"


def explained(widths=(12, 30, 20, 4), asked="w1[3, 5]", zeros=True):
    """A network of arrays with named inputs, some of which are 0."""
    random = np.random.default_rng(0)
    x = random.normal(size=widths[0])
    if zeros:
        x[::3] = 0
    a = cr.ops.tensor.constant(x).named("x")
    for i, (before, after) in enumerate(pairwise(widths), start=1):
        w = cr.variable(random.normal(size=(after, before)), f"w{i}")
        b = cr.variable(random.normal(size=after), f"b{i}")
        a = (w @ a + b).named(f"z{i}")
        if i < len(widths) - 1:
            a = cr.tanh(a).named(f"a{i}")
    return explain(cr.cross_entropy(a, 1).named("loss"), wrt=asked, steps="names")


def drawn_network(explanation) -> Network:
    found = network(explanation.record, explanation.derivation)
    assert found is not None
    return found


def test_two_two_two():
    explanation = gallery.get("two-two-two").work().main
    found = drawn_network(explanation)
    assert [[n.name for n in column.neurons] for column in found.columns] == [
        ["i1", "i2"],
        ["out_h1", "out_h2"],
        ["out_o1", "out_o2"],
        ["E_o1", "E_o2"],
        ["E_total"],
    ]
    assert [step.name for step in found.columns[1].neurons[0].steps] == ["net_h1", "out_h1"]
    links = {(link.source, link.consumer): link for link in found.links}
    weights = {ends: link.weight for ends, link in links.items() if link.weight}
    assert weights == {
        ("i1", "out_h1"): "w1",
        ("i2", "out_h1"): "w2",
        ("i1", "out_h2"): "w3",
        ("i2", "out_h2"): "w4",
        ("out_h1", "out_o1"): "w5",
        ("out_h2", "out_o1"): "w6",
        ("out_h1", "out_o2"): "w7",
        ("out_h2", "out_o2"): "w8",
    }
    gradients = explanation.derivation.gradients
    for link in found.links:
        if link.weight:
            assert link.gradient == pytest.approx(gradients[link.weight])
            assert link.asked == (link.weight in ("w1", "w5"))
    assert links["out_h1", "out_o1"].value == 0.4
    assert links["E_o2", "E_total"].value == 1


def test_layers_of_arrays():
    explanation = explained()
    found = drawn_network(explanation)
    assert [column.title for column in found.columns] == ["x", "z1 → a1", "z2 → a2", "z3", ""]
    assert [column.size for column in found.columns] == [12, 30, 20, 4, 1]
    gradients = {name: g.value for name, g in explanation.record.gradients().items()}
    variables = {node.name: node.value for node in cr.Graph.of([explanation.record.node]).inputs}
    for link in found.links:
        if link.consumer == "loss":
            continue
        stem, _, inside = link.weight.partition("[")
        index = tuple(map(int, inside.rstrip("]").split(",")))
        assert link.source.endswith(f"[{index[1]}]")
        assert link.consumer.endswith(f"[{index[0]}]")
        assert link.value == variables[stem][index]
        assert link.gradient == pytest.approx(gradients[stem][index])
    assert [link.weight for link in found.links if link.asked] == ["w1[3, 5]"]


@pytest.mark.parametrize("asked", ["w1[3, 5]", "w1[3, 6]"])  # x[6] is 0
def test_large_layers_show_the_neurons_asked_about_and_the_largest(asked):
    explanation = explained((40, 128, 64, 10), asked)
    found = drawn_network(explanation)
    assert [len(column.neurons) for column in found.columns] == [10, 10, 10, 10, 1]
    assert [column.size for column in found.columns] == [40, 128, 64, 10, 1]
    shown = {neuron.name for column in found.columns for neuron in column.neurons}
    column = asked.partition(", ")[2].rstrip("]")
    assert {"a1[3]", f"x[{column}]"} <= shown
    assert [link.weight for link in found.links if link.asked] == [asked]
    sizes = np.abs(explanation.derivation.gradients["a2"])
    selected = {step.name for step in explanation.derivation.forward}
    hidden = [i for i in range(64) if f"a2[{i}]" not in shown]
    largest = [i for i in range(64) if f"a2[{i}]" in shown and f"a2[{i}]" not in selected]
    assert min(sizes[largest]) >= max(sizes[hidden])
    drawing = explanation.to_svg()
    for words in ("128 neurons, 10 shown", "Pale", "Of large layers", asked):
        assert words in drawing


@pytest.mark.parametrize("edges", ["weight", "gradient"])
def test_drawn(edges):
    explanation = explained()
    found = drawn_network(explanation)
    drawing = explanation.to_svg(edges)
    assert drawing == explanation.to_svg(edges)
    root = ElementTree.fromstring(drawing)
    names = [n.name for column in found.columns for n in column.neurons]
    groups = list(root.iter(f"{SVG}g"))
    assert [g.get("data-node") for g in groups if g.get("data-node")] == names
    drawn = {g.get("data-edge"): g for g in groups if g.get("data-edge")}
    assert set(drawn) == {f"{link.source}->{link.consumer}" for link in found.links}
    for link in found.links:
        group = drawn[f"{link.source}->{link.consumer}"]
        size = link.value if edges == "weight" else link.gradient
        kind = "negative" if size < 0 else "positive" if size else "zero"
        assert kind in group.get("class", "").split()
        assert (group.get("data-weight") or "") == link.weight
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def test_a_residual_connection():
    random = np.random.default_rng(1)
    x = cr.ops.tensor.constant(random.normal(size=3)).named("x")
    w = cr.variable(random.normal(size=(3, 3)), "w")
    a = cr.tanh(w @ x).named("a")
    found = drawn_network(explain((a + x).named("r").sum().named("f")))
    assert [column.title for column in found.columns] == ["x", "a", "r", ""]
    skipping = [link for link in found.links if (link.source, link.consumer) == ("x[1]", "r[1]")]
    assert [(link.value, link.weight) for link in skipping] == [(1.0, "")]


def test_a_batch_has_entries():
    """Each neuron has an entry in each row; a constant that is no input, such as y, has none."""
    random = np.random.default_rng(2)
    x = cr.ops.tensor.constant(random.normal(size=(5, 3))).named("x")
    y = cr.ops.tensor.constant(random.normal(size=(5, 2))).named("y")
    w = cr.variable(random.normal(size=(3, 2)), "w")
    explanation = explain(cr.mse((x @ w).named("z"), y).named("loss"), wrt="w[0, 1]", steps="names")
    first, second, *_ = drawn_network(explanation).columns
    assert (first.title, first.kind, second.title) == ("x", "entries", "z")
    assert "Network of 26 entries" in explanation.to_svg("weight")


def test_a_record_that_is_no_network():
    explanation = explain(read("f = x * y", {"x": 1, "y": 2}))
    assert network(explanation.record, explanation.derivation) is None
    with pytest.raises(OptionError, match="edges: expected a network"):
        explanation.to_svg("weight")
    with pytest.raises(UnknownNameError, match="did you mean weight"):
        explanation.to_svg("weights")


def test_a_scan_is_drawn_step_by_step():
    random = np.random.default_rng(0)
    w, xs = cr.variable(random.normal(size=(3, 3)), "w"), random.normal(size=(2, 3))
    start = cr.ops.tensor.constant(np.ones(3)).named("start")

    def step(h, x):
        return cr.tanh(w @ h + x).named("h"), 0.0

    scanned, unrolled = cr.scan(step, start, xs)[0], step(step(start, xs[0])[0], xs[1])[0]
    found, expected = (
        drawn_network(explain(cr.cross_entropy(h, 1).named("loss"), wrt="w[0, 0]"))
        for h in (scanned, unrolled)
    )
    assert [column.size for column in found.columns] == [3, 3, 3, 1]
    for one, other in zip(found.columns, expected.columns, strict=True):
        gradients = [[n.steps[-1].gradient for n in column.neurons] for column in (one, other)]
        assert gradients[0] == pytest.approx(gradients[1])
    assert len(found.links) == len(expected.links) == 9 + 9 + 3
