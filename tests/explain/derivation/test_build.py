"""From a record to its story: what is told, in which order, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import DifferentiationError, DomainError, OptionError, UnknownNameError
from chainrule.explain import explain, read
from explain.stories import NETWORK, NETWORK_AT, STORIES


def test_published_digits():
    told = explain(read(NETWORK, NETWORK_AT), learning_rate=0.5).derivation
    by_name = {step.name: step for step in told.backward}
    h1 = sorted(c.product for c in by_name["out_h1"].contributions)
    assert told.value == pytest.approx(0.2924305741)
    assert sum(h1) == pytest.approx(by_name["out_h1"].gradient)
    assert len(by_name["b1"].contributions) == 2
    assert len(by_name["b2"].contributions) == 2


def test_a_value_of_zero_still_has_a_slope():
    x, y = cr.variables(x=0.0, y=3.0)
    told = explain(((x * y) * x + y).named("f"), steps="names").derivation
    assert told.gradients == {"x": 0.0, "y": 1.0, "f": 1.0}
    z = cr.variable(0.0, "z")
    assert explain((cr.sin(z) * 2).named("f"), steps="names").derivation.gradients["z"] == 2


def test_steps_are_in_order():
    told = STORIES["gates"]().derivation
    place = {step.name: i for i, step in enumerate(told.forward)}
    for step in told.forward:
        assert all(place[local.input] < place[step.name] for local in step.locals)
    assert [step.name for step in told.backward] == list(reversed(place))
    assert told.backward[0].name == told.output
    assert told.backward[0].gradient == 1


def test_names_fold_what_has_none():
    gates, names = STORIES["gates"]().derivation, STORIES["names"]().derivation
    folded = {step.name: step for step in names.forward}
    assert str(folded["net_h1"].formula) == "w1·i1 + w2·i2 + b1"
    assert folded["net_h1"].op == "composite"
    assert folded["out_h1"].op == "sigmoid"
    assert str(folded["E_o1"].formula) == "0.5·(t1 - out_o1)^2"
    told = {step.name: step.gradient for step in gates.backward}
    for step in names.backward:
        assert step.gradient == pytest.approx(told[step.name], rel=1e-14)


def test_wrt_chooses_chains_and_updates():
    told = explain(read("f = x * y + x", {"x": 2, "y": 3}), wrt=["y"], learning_rate=1).derivation
    assert [chain.wrt for chain in told.chains] == ["y"]
    assert [update.name for update in told.updates] == ["y"]
    assert {step.name for step in told.backward} == {"x", "y", "f1", "f"}
    other = explain(read("f = x * y", {"x": 2, "y": 3}), wrt="y", learning_rate=1, parameters=["x"])
    assert [update.name for update in other.derivation.updates] == ["x"]


def test_without_a_learning_rate_nothing_is_updated():
    assert explain(read("x * x", {"x": 2})).derivation.updates == ()


def test_an_intermediate_may_be_asked_for():
    told = explain(read("q = x + y; f = q * q", {"x": 1, "y": 2}), wrt="q").derivation
    (chain,) = told.chains
    assert (chain.wrt, chain.gradient, chain.count) == ("q", 6, 1)
    (own,) = explain(read("f = x * x", {"x": 1}), wrt="f").derivation.chains
    assert (own.gradient, own.count, own.products[0].factors) == (1, 1, ())


def test_ties_and_corners_carry_notes():
    told = explain(read("f = max(x, y) + relu(z)", {"x": 1, "y": 1, "z": 0})).derivation
    notes = {step.name: step.notes for step in told.backward}
    assert "half" in notes["x"][0]
    assert "corner" in notes["z"][0]
    assert notes["f"] == ()


def test_many_paths_are_counted_and_the_largest_told():
    text = "; ".join(["a0 = x", *(f"a{i} = a{i - 1} * y + a{i - 1} * 2" for i in range(1, 12))])
    told = explain(read(text, {"x": 1.5, "y": 0.5}), wrt="x").derivation
    (chain,) = told.chains
    assert chain.count == 2**11
    assert len(chain.products) == 3
    assert chain.products[0].value == 2.0**11
    assert sum(p.value for p in chain.products) + chain.rest == pytest.approx(chain.gradient)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"wrt": "yy"}, UnknownNameError),
        ({"steps": "lines"}, UnknownNameError),
        ({"learning_rate": 0}, OptionError),
        ({"learning_rate": -1}, OptionError),
        ({"learning_rate": math.nan}, OptionError),
        ({"learning_rate": math.inf}, OptionError),
        ({"digits": -1}, OptionError),
        ({"digits": 18}, OptionError),
    ],
)
def test_options_that_cannot_be_meant(options, error):
    with pytest.raises(error):
        explain(read("f = x * y", {"x": 2, "y": 3}), **options)


def test_only_one_number_is_explained():
    with pytest.raises(DifferentiationError):
        explain(cr.variable([1.0, 2.0], "x") * 2)


def test_numbers_that_are_none_are_named():
    x = cr.variable(math.nan, "x")
    with pytest.raises(DomainError, match="x: expected finite numbers"):
        explain((x * 2).named("f"))
    rows = cr.variable(np.array([1.0, 0.0]), "rows")
    with pytest.raises(DomainError, match=r"logs = log\(rows\)"):
        explain(cr.log(rows).named("logs").sum())


def test_a_constant_minus_infinity_may_mask():
    x = cr.variable([1.0, 2.0, 3.0], "x")
    mask = np.array([0.0, -np.inf, 0.0])
    told = explain(cr.softmax(x + mask)[0].named("f"), steps="names")
    assert told.to_dict()["gradients"]["x"][1] == 0
    assert "e^(x[1] + (-inf))" in str(told)
    assert "\\infty" in told.to_latex()
    assert "∞" in told._repr_html_()


def test_in_every_form():
    told = STORIES["add_multiply"]()
    assert repr(told) == "<explanation of f = -12, 5 nodes>"
    assert told.to_latex() != told.to_latex(document=False)
    assert told._repr_html_().startswith("<div")
    assert told.to_dict()["output"] == "f"
