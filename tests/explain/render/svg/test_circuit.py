"""Drawings: well-formed, escaped, complete, and the same every time."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

import chainrule as cr
from chainrule.explain import explain, read
from chainrule.explain.drawing import Box, Diagram, circuit
from chainrule.explain.drawing.collapse import MOST, collapsed
from chainrule.explain.render.svg.circuit import svg
from explain.drawings import dags, diagram
from explain.stories import STORIES

SVG = "{http://www.w3.org/2000/svg}"


def parsed(drawing: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawing)


def texts(root: ElementTree.Element, kind: str) -> list[str]:
    return [e.text or "" for e in root.iter(f"{SVG}text") if kind in e.get("class", "").split()]


def marked(root: ElementTree.Element, attribute: str) -> list[str]:
    return [e.get(attribute, "") for e in root.iter() if e.get(attribute)]


@pytest.mark.parametrize("name", STORIES)
def test_every_node_and_edge_is_there(name):
    shown = collapsed(circuit(STORIES[name]().derivation))
    root = parsed(svg(shown))
    assert root.get("role") == "img"
    assert shown.output in root.get("aria-label", "")
    assert marked(root, "data-node") == [box.name for box in shown.boxes]
    assert marked(root, "data-edge") == [f"{w.source}->{w.consumer}" for w in shown.wires]
    ids = marked(root, "id")
    assert len(ids) == len(set(ids))
    for group in root.iter(f"{SVG}g"):
        if group.get("data-node") or group.get("data-edge"):
            assert group.find(f"{SVG}title") is not None


@settings(max_examples=30, deadline=None)
@given(dags())
def test_any_circuit_is_well_formed_and_within_its_bounds(dag):
    drawing = svg(diagram(*dag))
    root = parsed(drawing)
    assert drawing == svg(diagram(*dag))
    width = float(root.get("width", "0"))
    for element in root.iter():
        if element.get("x") and element.tag == f"{SVG}text":
            assert 0 <= float(element.get("x", "")) <= width


def test_signs_without_colour():
    root = parsed(svg(circuit(STORIES["add_multiply"]().derivation)))
    assert texts(root, "value") == ["−2", "5", "−4", "3", "−12"]
    assert texts(root, "gradient") == ["−4", "−4", "3", "−4", "1"]
    kinds = {e.get("data-node") or e.get("data-edge"): e.get("class") for e in root.iter(f"{SVG}g")}
    assert kinds["x"] == "node leaf negative"
    assert kinds["q"] == "node gate negative"
    assert kinds["z"] == "node leaf positive"
    assert kinds["f"] == "node gate positive output"
    assert kinds["q->f"] == "edge negative"
    assert re.search(r"\.negative \.wire.*dasharray", svg(circuit(with_a_fork().derivation)))


def with_a_fork():
    return explain(read("f = relu(x)*y + y", {"x": -1, "y": 2}))


def test_a_fork_shows_both_parts():
    root = parsed(svg(circuit(with_a_fork().derivation)))
    assert sorted(texts(root, "part")) == ["0", "1"]


def test_edges_without_a_gradient_are_drawn():
    shown = circuit(explain(read("z = w*x; f = (step(z) - w)^2", {"w": 1, "x": 2})).derivation)
    assert {(w.source, w.consumer): w.product for w in shown.wires} == {
        ("w", "z"): 0,
        ("x", "z"): 0,
        ("z", "f1"): 0,
        ("f1", "f2"): 0,
        ("w", "f2"): 0,
        ("f2", "f"): 0,
    }


def test_inputs_are_wired_in_reading_order():
    at = {"b": 1, "w": 2, "x": 3}
    shown = circuit(explain(read("f = w*x + b", at, intermediates=False), steps="names").derivation)
    assert [wire.source for wire in shown.wires] == ["w", "x", "b"]


def test_missing_numbers_are_dashes():
    root = parsed(svg(diagram(["x", "f"], [("x", "f")], None)))
    assert texts(root, "value") == texts(root, "gradient") == ["–", "–"]
    assert "negative" not in "".join(marked(root, "class"))


STRANGE = "<script>alert('1')</script>", 'a"b&c', "tab\tnul\0\x1b[31m", "]]>", "\ud800", "-->"


def test_names_are_escaped():
    drawing = svg(diagram([*STRANGE, "f"], [(name, "f") for name in STRANGE]))
    root = parsed(drawing.encode("utf-8").decode())
    assert not list(root.iter(f"{SVG}script"))
    assert marked(root, "data-node")[:2] == ["<script>alert('1')</script>", 'a"b&c']
    assert marked(root, "data-edge")[1] == 'a"b&c->f'
    assert "\0" not in drawing
    assert "\x1b" not in drawing


def test_it_loads_nothing():
    drawing = svg(circuit(STORIES["strange_names"]().derivation))
    assert "http" not in drawing.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"@import|url\((?!#)|href", drawing)


def test_shortened_names_remain_different():
    root = parsed(svg(circuit(STORIES["long_names"]().derivation)))
    names = texts(root, "name")
    assert len(set(names)) == len(names)


def test_prefixes_make_ids_unique():
    shown = circuit(with_a_fork().derivation)
    one, other = (set(marked(parsed(svg(shown, prefix=p)), "id")) for p in ("a", "b"))
    assert not one & other
    assert "url(#b-arrow)" in svg(shown, prefix="b")


def test_arrays_of_a_large_record_are_drawn_as_one():
    w, x = cr.variable([[0.1] * 14] * 10, "w"), cr.variable([1.0] * 14, "x")
    explanation = explain((w @ x).named("z").sum().named("f"))
    shown = collapsed(circuit(explanation.derivation))
    assert {box.name: box.members for box in shown.boxes} == {"w": 140, "x": 14, "z": 10, "f": 1}
    drawing = svg(circuit(explanation.derivation))
    assert "165 nodes, drawn as 4 groups." in drawing
    assert "140 entries" in drawing


def test_a_long_chain_is_drawn_as_groups_of_layers():
    names = [f"a{i}" for i in range(MOST + 50)]
    shown = collapsed(diagram(names, list(pairwise(names))))
    assert sum(box.members for box in shown.boxes) == len(names)
    assert len(shown.boxes) < 20
    assert shown.boxes[-1].name == names[-1]
    assert parsed(svg(shown)) is not None


def test_an_output_named_like_a_number_is_in_no_group_of_layers():
    names = [f"a{i}" for i in range(MOST + 50)]
    for output in map(str, range(12)):
        all_names = [*names, output]
        shown = collapsed(diagram(all_names, list(pairwise(all_names))))
        *_, last = shown.boxes
        assert last.name == output
        assert sum(box.members for box in shown.boxes) == len(all_names)


def test_small_circuits_are_not_collapsed():
    shown = circuit(STORIES["gates"]().derivation)
    assert collapsed(shown) is shown


def test_a_single_node():
    alone = Diagram("", "x", (Box("x", "variable", "", 1.0, 1.0),), ())
    assert marked(parsed(svg(alone)), "data-node") == ["x"]
