"""`trim`: what leads from the names asked about to the output, and nothing else."""

from __future__ import annotations

import math

import pytest

import chainrule as cr
from chainrule import gallery
from chainrule.errors import DomainError
from chainrule.explain import explain, read
from explain.stories import NETWORK, NETWORK_AT


def trimmed(wrt: str | list[str], steps: str = "names"):
    output = read(NETWORK, NETWORK_AT, intermediates=steps == "gates")
    return explain(output, wrt=wrt, steps=steps, trim=True)


def test_only_what_leads_to_the_weight():
    found = trimmed("w5").derivation
    assert [s.name for s in found.forward] == ["w5", "net_o1", "out_o1", "E_o1", "E_total"]
    assert [s.name for s in found.backward] == ["E_total", "E_o1", "out_o1", "net_o1", "w5"]
    assert {s.name for s in found.operands} == {"out_h1", "w6", "out_h2", "b2", "t1", "E_o2"}
    assert found.gradients.keys() == {"w5", "net_o1", "out_o1", "E_o1", "E_total"}


@pytest.mark.parametrize("wrt", ["w5", "w1", "b1", "b2", "out_h1"])
@pytest.mark.parametrize("steps", ["gates", "names"])
def test_the_numbers_are_those_of_the_whole(wrt, steps):
    found = trimmed(wrt, steps).derivation
    whole = explain(
        read(NETWORK, NETWORK_AT, intermediates=steps == "gates"), steps=steps
    ).derivation
    values = {s.name: s.value for s in whole.forward}
    gradients = {s.name: s for s in whole.backward}
    for step in (*found.forward, *found.operands):
        assert step.value == values[step.name]
    for step in found.backward:
        assert step == gradients[step.name]
    assert found.chains[0].gradient == gradients[wrt].gradient


def test_every_form_is_trimmed():
    found = trimmed("w5")
    for form in (str(found), found.to_latex(), found.to_html(), found.to_svg(), found.to_json()):
        assert "net_o2" not in form
        assert "o1" in form


def test_a_name_that_leads_nowhere():
    x, w = cr.variables(x=2.0, w=3.0)
    found = explain((cr.stop_gradient(w) * x).named("f"), wrt="w", trim=True)
    assert found.derivation.chains[0].gradient == 0
    for form in (str(found), found.to_html(), found.to_latex(), found.to_json()):
        assert "nan" not in form.lower().replace("name", "")


@pytest.mark.parametrize(
    ("text", "at", "wrt", "slope"),
    [
        ("sqrt(a)*w", {"a": 0, "w": 3}, "w", 0),
        ("x**y", {"x": -2, "y": 3}, "x", 12),
        ("sqrt(a) + w", {"a": 0, "w": 3}, "w", 1),
        ("sum(sqrt(v))", {"v": [0, 4]}, "v[1]", 0.25),
        ("sqrt(2*sum(a)) + w*2", {"a": [0, 0], "w": 3}, "w", 2),
    ],
)
def test_infinite_slopes_that_nobody_asked_for(text, at, wrt, slope):
    found = explain(read(text, at), wrt=wrt)
    assert found.derivation.chains[0].gradient == pytest.approx(slope)
    for form in (str(found), found.to_json()):
        assert "nan" not in form.lower()
        assert "inf" not in form.lower()


@pytest.mark.parametrize(
    ("text", "at", "wrt"), [("sqrt(a)*w", {"a": 0, "w": 3}, "a"), ("x**y", {"x": -2, "y": 3}, "y")]
)
def test_infinite_slopes_that_are_asked_for(text, at, wrt):
    for names in (wrt, [wrt, *at], None):
        with pytest.raises(DomainError, match=f"with respect to {wrt}: expected a finite slope"):
            explain(read(text, at), wrt=names)


def test_nothing_comes_back_through_a_step_to_an_infinite_slope():
    found = explain(read("sign(sqrt(x)) + x", {"x": 0}), paths=3)
    chain = found.derivation.chains[0]
    assert (chain.gradient, chain.positive, chain.negative, chain.count) == (1, 1, 0, 2)
    assert all(math.isfinite(product.value) for product in chain.products)
    assert "nan" not in str(found)
    assert "nan" not in str(cr.flow(read("sign(sqrt(x)) + x", {"x": 0}), wrt="x"))


@pytest.mark.parametrize("name", [e.name for e in gallery.examples() if not e.trains])
def test_the_prose_of_examples_is_trimmed(name):
    example = gallery.get(name)
    whole = str(example.work())
    wrt = example.work().main.derivation.chains[0].wrt
    found = str(example.work(wrt=wrt))
    assert len(found) <= len(whole)
    assert f"/∂{wrt} = " in found


def test_sentences_about_other_weights_are_left_out():
    found = str(gallery.get("two-two-two").work(wrt="w5"))
    assert "w5 reaches the error by one path" in found
    for other in ("w1 acts on both", "bias b2", "layers.0.weight", "net_o2", "w7"):
        assert other not in found
    assert "layers.2.weight[0, 0]" in found
