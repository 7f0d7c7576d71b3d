"""Derivations as JSON: a contract of keys, digits and arithmetic."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chainrule.explain import explain, read
from explain import expressions as random
from explain.stories import STORIES

EXACT = {"rel": 1e-12, "abs": 1e-12}


@st.composite
def expressions(draw):
    """Random expressions with their values and finite gradients."""
    text, at = draw(random.texts(10)), draw(random.points)
    at = {name: at[name] for name in random.used(text)}
    assume(random.value(text, at) is not None)
    assume(all(math.isfinite(slope) for slope in random.jax_gradients(text, at).values()))
    return text, at


def test_keys():
    found = json.loads(STORIES["add_multiply"]().to_json())
    assert found == {
        "output": "f",
        "value": -12.0,
        "nodes": [
            leaf("x", -2.0, -4.0, "q", 1.0, -4.0),
            leaf("y", 5.0, -4.0, "q", 1.0, -4.0),
            leaf("z", -4.0, 3.0, "f", 3.0, 1.0),
            {
                "name": "q",
                "op": "add",
                "formula": "x + y",
                "value": 3.0,
                "gradient": -4.0,
                "local": [
                    {"input": "x", "formula": "1", "value": 1.0},
                    {"input": "y", "formula": "1", "value": 1.0},
                ],
                "contributions": [{"via": "f", "local": -4.0, "upstream": 1.0, "product": -4.0}],
            },
            {
                "name": "f",
                "op": "mul",
                "formula": "q·z",
                "value": -12.0,
                "gradient": 1.0,
                "local": [
                    {"input": "z", "formula": "q", "value": 3.0},
                    {"input": "q", "formula": "z", "value": -4.0},
                ],
                "contributions": [],
            },
        ],
        "gradients": {"x": -4.0, "y": -4.0, "z": 3.0, "q": -4.0, "f": 1.0},
        "updates": {
            "x": {"old": -2.0, "gradient": -4.0, "learning_rate": 0.5, "new": 0.0},
            "y": {"old": 5.0, "gradient": -4.0, "learning_rate": 0.5, "new": 7.0},
            "z": {"old": -4.0, "gradient": 3.0, "learning_rate": 0.5, "new": -5.5},
        },
        "descent": [
            {"value": -12.0, "estimate": None, "parameters": {"x": -2.0, "y": 5.0, "z": -4.0}},
            {"value": -38.5, "estimate": -32.5, "parameters": {"x": 0.0, "y": 7.0, "z": -5.5}},
        ],
    }


def leaf(name, value, gradient, via, local, upstream):
    back = {"via": via, "local": local, "upstream": upstream, "product": gradient}
    return {
        "name": name,
        "op": "variable",
        "formula": name,
        "value": value,
        "gradient": gradient,
        "local": [],
        "contributions": [back],
    }


@settings(max_examples=120, deadline=None)
@given(expressions())
@pytest.mark.slow
def test_arithmetic_holds(expression):
    text, at = expression
    for steps in ("gates", "names"):
        output = read(text, at, intermediates=steps == "gates")
        found = json.loads(explain(output, steps=steps, learning_rate=0.1).to_json())
        assert found["value"] == output.item()
        by_name = {node["name"]: node for node in found["nodes"]}
        assert len(by_name) == len(found["nodes"])
        gradients = output.gradients()
        for name in at:
            assert found["gradients"][name] == gradients[name].item()
        for node in found["nodes"]:
            back = node["contributions"]
            for part in back:
                assert part["product"] == part["local"] * part["upstream"]
                assert part["upstream"] == by_name[part["via"]]["gradient"]
                assert {"input": node["name"], "value": part["local"]} in [
                    {"input": local["input"], "value": local["value"]}
                    for local in by_name[part["via"]]["local"]
                ]
            if node["name"] != found["output"]:
                size = sum(abs(part["product"]) for part in back) + 1
                total = sum(part["product"] for part in back)
                assert total == pytest.approx(node["gradient"], rel=1e-12, abs=1e-12 * size)
        for name, update in found["updates"].items():
            assert update["new"] == update["old"] - 0.1 * update["gradient"]
            assert update["gradient"] == found["gradients"][name]


@settings(max_examples=60, deadline=None)
@given(expressions())
def test_paths_add_up_to_the_gradient(expression):
    text, at = expression
    for chain in explain(read(text, at)).derivation.chains:
        products = [math.prod(f.value for f in product.factors) for product in chain.products]
        for product, expected in zip(chain.products, products, strict=True):
            assert product.value == pytest.approx(expected, **EXACT)
        total = sum(products) + chain.rest
        size = sum(map(abs, products)) + abs(chain.rest) + 1
        assert total == pytest.approx(chain.gradient, rel=1e-11, abs=1e-11 * size)


def test_every_digit_is_kept():
    explanation = explain(read("f = x / y", {"x": 1, "y": 3}), digits=2)
    assert '"value": 0.3333333333333333,' in explanation.to_json()
    assert json.loads(explanation.to_json()) == explanation.to_dict()


@pytest.mark.parametrize("name", STORIES)
def test_every_story_is_strict_json(name):
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    found = json.loads(STORIES[name]().to_json(), parse_constant=refuse)
    assert found["nodes"]
    for node in found["nodes"]:
        hidden = node.get("omitted", {"count": 0, "sum": 0.0})
        total = sum(part["product"] for part in node["contributions"]) + hidden["sum"]
        if node["contributions"]:
            assert total == pytest.approx(node["gradient"], **EXACT)


def test_arrays_keep_their_shape():
    gradients = STORIES["strange_names"]().to_dict()["gradients"]
    assert gradients["layers.0.weight"] == [[-6.0, -6.0], [-6.0, -6.0]]


def test_notes_are_included():
    nodes = {node["name"]: node for node in STORIES["tie"]().to_dict()["nodes"]}
    assert "tie" in nodes["z"]["notes"][0]
    assert "notes" not in nodes["x"]
