"""Paths as they are told: `paths=` in every form."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.errors import OptionError
from chainrule.explain import Explanation, explain, read
from chainrule.explain.numbers import counted
from explain.stories import NETWORK, NETWORK_AT, network

FORMS = {
    "text": str,
    "html": Explanation._repr_html_,
    "page": Explanation.to_html,
    "latex": Explanation.to_latex,
    "fragment": lambda told: told.to_latex(document=False),
}


def small(paths: int | None, wrt="w1") -> Explanation:
    return explain(read(NETWORK, NETWORK_AT, intermediates=False), wrt, steps="names", paths=paths)


def large(paths: int | None) -> Explanation:
    told = network().record
    assert told is not None
    return explain(told, "w1[4, 5]", paths=paths)


def test_json_has_the_form_promised():
    found = small(5).to_dict()["paths"]
    assert list(found) == ["w1"]
    told = found["w1"]
    assert told["count"] == "2"
    assert set(told) == {"count", "top", "positive", "negative", "remainder"}
    for path in told["top"]:
        assert (path["nodes"][0], path["nodes"][-1]) == ("E_total", "w1")
        assert len(path["factors"]) == len(path["nodes"]) - 1
        assert math.prod(path["factors"]) == pytest.approx(path["product"])
    assert [path["product"] > 0 for path in told["top"]] == [True, False]
    assert told["positive"] == told["top"][0]["product"]
    assert told["negative"] == told["top"][1]["product"]
    assert told["remainder"] == 0


def test_json_has_no_paths_unless_asked():
    assert "paths" not in small(None).to_dict()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 40))
def test_they_add_up_to_the_gradient(paths):
    told = large(paths)
    (chain,) = told.derivation.chains
    assert len(chain.products) == min(paths, chain.count)
    whole = sum(product.value for product in chain.products) + chain.rest
    assert whole == pytest.approx(chain.gradient, rel=1e-9)
    assert chain.positive + chain.negative == pytest.approx(chain.gradient, rel=1e-9)
    assert int(told.to_dict()["paths"]["w1[4, 5]"]["count"]) == chain.count


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("paths", [0, 1, 3, 12])
def test_every_form_takes_any_number(form, paths):
    for told in (small(paths, ["w1", "w5", "t1"]), large(paths)):
        assert FORMS[form](told)


def test_the_text_shows_routes_shares_and_signs():
    text = str(small(1))
    assert "∂E_total/∂w1 = 3.69059e-04, over 2 paths" in text
    assert "all paths together: positive 5.9304e-04, negative -2.23981e-04" in text
    assert "1. 5.9304e-04   161 % of the gradient" in text
    assert "E_total ← E_o1 ← out_o1 ← net_o1 ← out_h1 ← net_h1 ← w1" in text
    assert "the other path together: -2.23981e-04" in text
    assert max(map(len, str(large(10)).split("\n"))) <= 80


def test_large_counts_are_readable():
    assert counted(10**6 - 1) == "999,999"
    assert counted(995 * 10**40) == "1.0 × 10⁴³"
    assert counted(10**6) == "1.0 × 10⁶"
    assert counted(3 * 10**400) == "3.0 × 10⁴⁰⁰"


@pytest.mark.parametrize("paths", [-1, 1001])
def test_numbers_out_of_range(paths):
    with pytest.raises(OptionError, match="from 0 to 1000"):
        small(paths)
