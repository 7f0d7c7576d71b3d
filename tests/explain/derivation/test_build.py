"""Derivations built from records: their steps, their order, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import DifferentiationError, DomainError, OptionError, UnknownNameError
from chainrule.explain import explain, read
from chainrule.explain.drawing.circuit_diagram import circuit
from explain.stories import NETWORK, NETWORK_AT, STORIES


def test_published_digits():
    derivation = explain(read(NETWORK, NETWORK_AT), learning_rate=0.5).derivation
    by_name = {step.name: step for step in derivation.backward}
    h1 = sorted(c.product for c in by_name["out_h1"].contributions)
    assert derivation.value == pytest.approx(0.2924305741)
    assert sum(h1) == pytest.approx(by_name["out_h1"].gradient)
    assert len(by_name["b1"].contributions) == 2
    assert len(by_name["b2"].contributions) == 2


def test_a_value_of_zero_still_has_a_slope():
    x, y = cr.variables(x=0.0, y=3.0)
    derivation = explain(((x * y) * x + y).named("f"), steps="names").derivation
    assert derivation.gradients == {"x": 0.0, "y": 1.0, "f": 1.0}
    z = cr.variable(0.0, "z")
    assert explain((cr.sin(z) * 2).named("f"), steps="names").derivation.gradients["z"] == 2


def test_steps_are_in_order():
    derivation = STORIES["gates"]().derivation
    position = {step.name: i for i, step in enumerate(derivation.forward)}
    for step in derivation.forward:
        assert all(position[local.input] < position[step.name] for local in step.locals)
    assert [step.name for step in derivation.backward] == list(reversed(position))
    assert derivation.backward[0].name == derivation.output
    assert derivation.backward[0].gradient == 1


def test_named_steps_include_unnamed_operations():
    gates, names = STORIES["gates"]().derivation, STORIES["names"]().derivation
    folded = {step.name: step for step in names.forward}
    assert str(folded["net_h1"].formula) == "w1·i1 + w2·i2 + b1"
    assert folded["net_h1"].op == "composite"
    assert folded["out_h1"].op == "sigmoid"
    assert str(folded["E_o1"].formula) == "0.5·(t1 - out_o1)^2"
    gradients = {step.name: step.gradient for step in gates.backward}
    for step in names.backward:
        assert step.gradient == pytest.approx(gradients[step.name], rel=1e-14)


def test_a_symbol_of_a_notation_is_no_entry_that_has_its_name():
    """`uniform` writes its numbers u[0], u[1], …, which may be names of the user's own entries."""
    u, q, c = cr.variables(u=[7.0, 8.0], q=[3.0, 5.0], c=2.0)
    output = (u * q * cr.uniform(c, (2,))).sum().named("f")
    derivation = cr.explain(output, steps="names").derivation
    step = derivation.forward[-1]
    assert str(step.formula) == "u[0]·q[0]·u[0] + u[1]·q[1]·u[1]"
    assert str(step.substituted) == "7·3·u[0] + 8·5·u[1]"
    scalar, q, c = cr.variables(u=7.0, q=[3.0, 5.0], c=2.0)  # which has no entry 0
    step = cr.explain((scalar * q * cr.uniform(c, (2,))).sum().named("f")).derivation.forward[-1]
    assert step.value == pytest.approx(float((7 * np.array([3, 5]) * cr.uniform(2.0, (2,))).sum()))


def test_a_wire_leads_from_an_entry_not_from_a_symbol_that_has_its_name():
    u, q, c = cr.variables(u=[7.0, 8.0], q=[3.0, 5.0], c=2.0)
    output = (q * cr.uniform(c, (2,))).sum().named("f") + u.sum() * 0.0
    drawn = circuit(cr.explain(output.named("g"), steps="names").derivation)
    assert {wire.source for wire in drawn.wires if wire.consumer == "f"} == {"q[0]", "q[1]"}


def test_wrt_chooses_chains_and_updates():
    derivation = explain(
        read("f = x * y + x", {"x": 2, "y": 3}), wrt=["y"], learning_rate=1
    ).derivation
    assert [chain.wrt for chain in derivation.chains] == ["y"]
    assert [update.name for update in derivation.updates] == ["y"]
    assert {step.name for step in derivation.backward} == {"x", "y", "f1", "f"}
    other = explain(read("f = x * y", {"x": 2, "y": 3}), wrt="y", learning_rate=1, parameters=["x"])
    assert [update.name for update in other.derivation.updates] == ["x"]


def test_without_a_learning_rate_nothing_is_updated():
    assert explain(read("x * x", {"x": 2})).derivation.updates == ()


def test_an_intermediate_may_be_asked_for():
    derivation = explain(read("q = x + y; f = q * q", {"x": 1, "y": 2}), wrt="q").derivation
    (chain,) = derivation.chains
    assert (chain.wrt, chain.gradient, chain.count) == ("q", 6, 1)
    (own,) = explain(read("f = x * x", {"x": 1}), wrt="f").derivation.chains
    assert (own.gradient, own.count, own.products[0].factors) == (1, 1, ())


def test_ties_and_corners_carry_notes():
    derivation = explain(read("f = max(x, y) + relu(z)", {"x": 1, "y": 1, "z": 0})).derivation
    notes = {step.name: step.notes for step in derivation.backward}
    assert "half" in notes["x"][0]
    assert "corner" in notes["z"][0]
    assert notes["f"] == ()


def test_many_paths_are_counted_and_the_largest_shown():
    text = "; ".join(["a0 = x", *(f"a{i} = a{i - 1} * y + a{i - 1} * 2" for i in range(1, 12))])
    derivation = explain(read(text, {"x": 1.5, "y": 0.5}), wrt="x").derivation
    (chain,) = derivation.chains
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
def test_invalid_options(options, error):
    with pytest.raises(error):
        explain(read("f = x * y", {"x": 2, "y": 3}), **options)


def test_only_one_number_is_explained():
    with pytest.raises(DifferentiationError):
        explain(cr.variable([1.0, 2.0], "x") * 2)


def test_values_that_are_not_finite_are_named():
    x = cr.variable(math.nan, "x")
    with pytest.raises(DomainError, match="x: expected finite numbers"):
        explain((x * 2).named("f"))
    rows = cr.variable(np.array([1.0, 0.0]), "rows")
    with pytest.raises(DomainError, match=r"logs = log\(rows\)"):
        explain(cr.log(rows).named("logs").sum())


def test_minus_infinity_may_mask():
    x = cr.variable([1.0, 2.0, 3.0], "x")
    mask = np.array([0.0, -np.inf, 0.0])
    explanation = explain(cr.softmax(x + mask)[0].named("f"), steps="names")
    assert explanation.to_dict()["gradients"]["x"][1] == 0
    assert "e^(x[1] + (-inf))" in str(explanation)
    assert "\\infty" in explanation.to_latex()
    assert "∞" in explanation._repr_html_()
