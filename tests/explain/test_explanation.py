"""Explanations in every form, also of records that are deep or share much, and with paths."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.errors import DomainError, OptionError
from chainrule.explain import Explanation, explain, read
from explain.stories import NETWORK, NETWORK_AT, STORIES, network


def test_every_form():
    explanation = STORIES["add_multiply"]()
    assert repr(explanation) == "<explanation of f = -12, 5 nodes>"
    assert explanation.to_latex() != explanation.to_latex(document=False)
    assert explanation._repr_html_().startswith("<div")
    assert explanation.to_dict()["output"] == "f"


# deep records: no recursion limit, and no formula that doubles at each step


def test_a_long_chain_without_names_is_explained_in_names():
    x = cr.variable(0.5, "x")
    y = x
    for _ in range(1500):
        y = cr.sin(y)
    explanation = cr.explain(y.named("y"), wrt="x", steps="names")
    assert explanation.to_dict()["gradients"]["x"] == pytest.approx(float(y.gradients()["x"]))
    assert "∂y/∂x" in str(explanation)
    assert explanation.to_latex()
    assert explanation._repr_html_()


def test_a_value_used_twice_again_and_again_is_explained_in_names():
    x = cr.variable(1.01, "x")
    y = x
    for _ in range(9):
        y = y * y + y
    slope = float(y.gradients()["x"])
    assert cr.explain(y.named("y"), steps="names").to_dict()["gradients"]["x"] == slope


def test_a_mistake_at_the_end_of_a_long_record_is_one_line():
    y = x = cr.variable(-1.0, "x")
    for _ in range(3000):
        y = y * 1.0 + y * 0.0
    with pytest.raises(DomainError, match="positive number") as caught:
        cr.explain(cr.log(y).named("f") + x)
    assert len(str(caught.value)) < 300


def test_a_long_record_says_how_to_ask_for_its_variable():
    y = cr.variable(0.5, "speed")
    for _ in range(1000):
        y = cr.sin(y)
    with pytest.raises(OptionError, match='wrt="speed"'):
        cr.explain(y)


# paths

FORMS = {
    "text": str,
    "html": Explanation._repr_html_,
    "page": Explanation.to_html,
    "latex": Explanation.to_latex,
    "fragment": lambda explanation: explanation.to_latex(document=False),
}


def small(paths: int | None, wrt="w1") -> Explanation:
    return explain(read(NETWORK, NETWORK_AT, intermediates=False), wrt, steps="names", paths=paths)


def large(paths: int | None) -> Explanation:
    record = network().record
    assert record is not None
    return explain(record, "w1[4, 5]", paths=paths)


def test_paths_in_json():
    found = small(5).to_dict()["paths"]
    assert list(found) == ["w1"]
    paths = found["w1"]
    assert paths["count"] == "2"
    assert set(paths) == {"count", "top", "positive", "negative", "remainder"}
    for path in paths["top"]:
        assert (path["nodes"][0], path["nodes"][-1]) == ("E_total", "w1")
        assert len(path["factors"]) == len(path["nodes"]) - 1
        assert math.prod(path["factors"]) == pytest.approx(path["product"])
    assert [path["product"] > 0 for path in paths["top"]] == [True, False]
    assert paths["positive"] == paths["top"][0]["product"]
    assert paths["negative"] == paths["top"][1]["product"]
    assert paths["remainder"] == 0


def test_json_has_no_paths_unless_asked_for():
    assert "paths" not in small(None).to_dict()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 40))
def test_paths_add_up_to_the_gradient(paths):
    explanation = large(paths)
    (chain,) = explanation.derivation.chains
    assert len(chain.products) == min(paths, chain.count)
    whole = sum(product.value for product in chain.products) + chain.rest
    assert whole == pytest.approx(chain.gradient, rel=1e-9)
    assert chain.positive + chain.negative == pytest.approx(chain.gradient, rel=1e-9)
    assert int(explanation.to_dict()["paths"]["w1[4, 5]"]["count"]) == chain.count


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("paths", [0, 1, 3, 12])
def test_every_form_shows_any_number_of_paths(form, paths):
    for explanation in (small(paths, ["w1", "w5", "t1"]), large(paths)):
        assert FORMS[form](explanation)


def test_the_text_shows_routes_shares_and_signs_of_paths():
    text = str(small(1))
    assert "∂E_total/∂w1 = 0.000369, over 2 paths" in text
    assert "all paths together: positive 0.000593, negative -0.000224" in text
    assert "1. 0.000593   161 % of the gradient" in text
    assert "E_total ← E_o1 ← out_o1 ← net_o1 ← out_h1 ← net_h1 ← w1" in text
    assert "the other path together: -0.000224" in text
    assert max(map(len, str(large(10)).split("\n"))) <= 80


@pytest.mark.parametrize("paths", [-1, 1001])
def test_numbers_of_paths_out_of_range(paths):
    with pytest.raises(OptionError, match="from 0 to 1000"):
        small(paths)
