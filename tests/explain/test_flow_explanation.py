"""Flows in every form, and what is refused."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings

import chainrule as cr
from chainrule import gallery
from chainrule.errors import ChainruleError, DomainError, OptionError, UnknownNameError
from chainrule.explain import Flow, flow, read
from explain.flows import gallery_chain, network, networks, recurrent


@pytest.mark.parametrize(
    ("wrt", "error"),
    [("w9", UnknownNameError), ("w1[9, 9]", OptionError), ("w1", OptionError)],
)
def test_entries_that_cannot_be_shown(wrt, error):
    with pytest.raises(error):
        flow(network(0, [30, 2]), wrt)


def test_records_that_cannot_be_differentiated():
    with pytest.raises(ChainruleError):
        flow(cr.variable([1.0, 2.0], "x") * 2)
    with pytest.raises(DomainError):
        flow(read("log(x)", {"x": -1.0}))
    with pytest.raises(UnknownNameError):
        flow(network(0, [2, 2]), steps="names and gates")


def unusual_names() -> Flow:
    w, x = cr.variable([[0.5, -1.0]], r"W_{%$<b>"), cr.variable([1.0, 2.0], "x&y")
    return flow(cr.tanh(w @ x).named("<a>").sum().named("∂f"), [x, w], title="<i>50 %</i>")


FLOWS = [
    lambda: gallery_chain("vanishing-chain"),
    lambda: flow(network(1, [3, 4, 2]), ["w1[0, 1]", "b1[0]"]),
    lambda: flow(gallery.get("dead-relu").work().main.record, "W1[0, 0]"),
    lambda: flow(
        recurrent({"W": cr.variable(np.eye(3), "W"), "U": np.ones((3, 2))}, np.ones((4, 2))),
        "W[0, 0]",
    ),
    lambda: flow(read("x", {"x": 2.0})),
    unusual_names,
]


@pytest.mark.parametrize("make", FLOWS)
def test_every_form(make):
    found = make()
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
    text = str(gallery_chain("exploding-chain"))
    assert "124 · 5 · 5 · 5 = 15500, the norm at x; at f9 it is 1" in text
    assert "f1 → x   × 5    = 15500  weights w1" in text


@pytest.mark.parametrize("digits", [2, 3, 4])
def test_factors_and_norms_have_one_style(digits):
    example = gallery.get("vanishing-chain")
    output = read(example.expression, example.inputs)
    text = str(flow(output, inputs=["x"], digits=digits))
    lines = text.partition("FACTOR BY FACTOR")[2].splitlines()[1:]
    for found in (r"× (\S+)", r"= (\S+)"):
        column = [match[1] for line in lines if (match := re.search(found, line))]
        assert len(column) == 9
        assert len({"·" in number for number in column}) == 1


def test_the_text_of_an_entry():
    text = str(flow(network(1, [3, 4, 2]), "w1[0, 1]"))
    assert "a1: 1 neuron reached" in text
    assert "100 %" in text


@settings(max_examples=10, deadline=None)
@given(networks)
def test_totals_are_shown(architecture):
    found = flow(network(*architecture))
    if all(layer.gain for layer in found.layers):
        assert f" = {found.layers[-1].norm:.3g}"[:4] in str(found)


def test_an_infinite_slope_is_named():
    with pytest.raises(
        DomainError, match="gradient of f with respect to x: expected a finite slope"
    ):
        flow(read("f = sqrt(x)", {"x": 0.0}), "x")


def test_the_slope_of_a_loss_is_not_an_activation():
    """A regression with one output: (z − t)² of one number is a slope like that of a neuron."""
    x, w, v = cr.variables(x=0.7, w=1.5, v=-0.4)
    a = cr.tanh((w * x).named("z1")).named("a1")
    loss = ((a * v).named("z2") - 1.25) ** 2
    first, second, third = flow(loss.named("loss"), steps="names").layers
    assert (first.start, first.end, first.activation) == (("loss",), ("z2",), None)
    assert first.other == pytest.approx(2 * abs(-0.4 * np.tanh(1.05) - 1.25))
    assert (second.end, second.weights, second.activation) == (("a1",), pytest.approx(0.4), None)
    assert third.activation == pytest.approx(1 - np.tanh(1.05) ** 2)
    kinds = [step.kind.value for layer in (first, second, third) for step in layer.steps]
    assert kinds[0] == "other"
