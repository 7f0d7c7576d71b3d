"""Rounded numbers that are carried on, against a computation with `decimal`."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest

from chainrule import ops
from chainrule.errors import OptionError
from chainrule.explain import explain, read
from chainrule.gallery import get

TEXT = "z = w*x + b; s = 1/(1 + exp(-z)); d = s - t; f = d*d"
AT = {"w": 0.75, "x": 0.35, "b": 0.123, "t": 1.0}


def d(number: float | str, places: int = 3) -> Decimal:
    """Rounded half up, as by hand."""
    return Decimal(str(number)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def by_hand() -> dict[str, Decimal]:
    """Forward and back with three places, every operation written down."""
    w, x, b, t = (Decimal(str(AT[name])) for name in "wxbt")
    p = d(w * x)
    z = d(p + b)
    e = d((-z).exp())
    n = d(1 + e)
    s = d(1 / n)
    m = d(s - t)
    f = d(m * m)
    gm = d(d(m) + d(m))  # from both factors of m·m
    gs = d(gm)
    gn = d(d(-1 / n**2) * gs)
    ge = gn
    gv = d(d(e) * ge)  # the gradient at −z
    gz = -gv
    return {"f": f, "s": s, "gz": gz, "gw": d(x * gz), "gb": gz, "gx": d(w * gz)}


def test_every_number_is_rounded_before_it_is_used():
    found = explain(read(TEXT, AT), rounding="half-up", round_intermediate=3).derivation
    hand = by_hand()
    values = {step.name: step.value for step in found.forward}
    gradients = {step.name: step.gradient for step in found.backward}
    assert values["f"] == found.value == float(hand["f"])
    assert values["s"] == float(hand["s"])
    assert gradients["z"] == float(hand["gz"])
    assert gradients["w"] == float(hand["gw"])
    assert gradients["x"] == float(hand["gx"])
    assert gradients["b"] == float(hand["gb"])
    assert found.gradients["w"] == gradients["w"]
    assert values["w"] == 0.75


def test_it_says_how_far_off_that_is():
    exact = explain(read(TEXT, AT), wrt="w").derivation
    explanation = explain(read(TEXT, AT), wrt="w", round_intermediate=2, learning_rate=0.5)
    rows = {one.name: one for one in explanation.derivation.rounding.deviations}
    assert list(rows) == ["f", "∂f/∂w", "w⁺"]
    assert rows["f"].exact == exact.value
    assert rows["∂f/∂w"].exact == exact.chains[0].gradient
    (backward,) = (step for step in explanation.derivation.backward if step.name == "w")
    assert rows["∂f/∂w"].rounded == backward.gradient
    text = str(explanation)
    assert "ROUNDED  every computed number was rounded to 2 places before it was used" in text
    for form in ("to_html", "to_latex", "_repr_html_"):
        assert "off by" in getattr(explanation, form)()
    deviation = explanation.to_dict()["rounded"]["deviations"][0]
    assert deviation == {"name": "f", "rounded": rows["f"].rounded, "exact": exact.value}


def test_the_printed_arithmetic_is_right():
    found = explain(read(TEXT, AT), round_intermediate=4, rounding="half-up").derivation
    for step in found.backward:
        for c in step.contributions:
            assert c.product == float(d(repr(round(c.local.value * c.upstream, 12)), 4))
        if step.contributions:
            total = sum(Decimal(str(c.product)) for c in step.contributions)
            assert step.gradient == float(total)
    for chain in found.chains:
        assert chain.gradient == float(sum(Decimal(str(p.value)) for p in chain.products))


def test_enough_places_change_nothing():
    exact = explain(read(TEXT, AT)).derivation
    found = explain(read(TEXT, AT), round_intermediate=15).derivation
    assert found.value == pytest.approx(exact.value, abs=1e-13)
    for rounded, step in zip(found.backward, exact.backward, strict=True):
        assert rounded.gradient == pytest.approx(step.gradient, abs=1e-13)


def test_arrays_and_significant_digits():
    rng = np.random.default_rng(3)
    W, x = ops.variable(rng.normal(size=(2, 3)), "W"), rng.normal(size=3)
    a = ops.sigmoid(ops.matmul(W, x)).named("a")
    loss = (a * a).sum().named("loss")
    found = explain(loss, significant=2, round_intermediate=2).derivation
    for step in found.forward:
        if step.name.startswith("a["):
            assert step.value == float(f"{step.value:.2g}")
    gradients = np.array(found.gradients["W"])
    assert gradients.shape == (2, 3)
    assert np.allclose(gradients, loss.gradients()["W"].value, rtol=0.1)
    assert found.rounding.significant


def test_wrt_may_be_a_tensor_between():
    x = ops.variable(0.3, "x")
    y = (x * x).named("y")
    found = explain((y * y).named("f"), wrt=y, round_intermediate=2).derivation
    assert [chain.wrt for chain in found.chains] == ["y"]
    assert found.chains[0].gradient == 0.18


def test_a_gradient_of_which_terms_are_left_out_is_refused():
    W, x = ops.variable(np.ones((40, 20)), "W"), ops.variable(np.ones(20), "x")
    loss = ops.tanh(ops.matmul(W, x)).sum().named("loss")
    with pytest.raises(OptionError, match="round-intermediate: expected a computation small"):
        explain(loss, wrt="x[0]", round_intermediate=2)


@pytest.mark.parametrize("places", [-1, 18, 2.5])
def test_wrong_numbers_of_places_are_refused(places):
    with pytest.raises(OptionError, match="round-intermediate: expected a whole number"):
        explain(read("f = x*x", {"x": 1}), round_intermediate=places)


def test_a_worked_example_by_hand():
    report = get("two-two-two").work(round_intermediate=3, digits=3)
    assert "ROUNDED" in str(report)
    assert report.main.derivation.value == pytest.approx(0.298, abs=0.002)


def test_rounded_numbers_keep_their_zeros_and_given_ones_do_not():
    values = {"a": 0.1666, "b": 0.15, "x": 0.5}
    text = str(explain(read("f = a*x*3 + b", values), round_intermediate=2))
    assert "f1 = a·x = 0.1666·0.5 = 0.08\n" in text
    assert "f2 = 3·f1 = 3·0.08 = 0.24\n" in text or "f2 = f1·3 = 0.08·3 = 0.24\n" in text
    text = str(explain(read("f = x*y", {"x": 0.334, "y": 0.9}), round_intermediate=2))
    assert "f = x·y = 0.334·0.9 = 0.30\n" in text
    text = str(explain(read("f = x*y", {"x": 0.3, "y": 0.5}), round_intermediate=3))
    assert "f = x·y = 0.3·0.5 = 0.15\n" in text


def test_what_is_trimmed_and_what_stays_as_without_rounding():
    asked = {"learning_rate": 0.1, "wrt": ["w"], "inputs": ["b"], "trim": True}
    exact = explain(read(TEXT, AT), **asked).derivation
    found = explain(read(TEXT, AT), **asked, rounding="half-up", round_intermediate=3)
    found = found.derivation
    assert [step.name for step in found.operands] == [step.name for step in exact.operands]
    assert [step.name for step in found.forward] == [step.name for step in exact.forward]
    assert found.stays == exact.stays
    assert str(found.backward[-1].gradient) == str(float(by_hand()["gw"]))


def test_what_is_learnt_need_not_be_shown():
    text, at = "d = w*x - t; f = d*d", {"w": 0.75, "x": 0.35, "t": 1.0}
    asked = {"wrt": ["x"], "parameters": ["w"], "learning_rate": 0.1, "trim": True}
    (update,) = explain(read(text, at), **asked, round_intermediate=2).derivation.updates
    # d = 0.26 - 1, ∂f/∂w = -1.48·0.35, w⁺ = 0.75 + 0.052
    assert (update.gradient, update.new) == (-0.52, 0.8)


def test_0_times_infinity_is_0_as_without_rounding():
    found = explain(read("f = sign(sqrt(x)) + x", {"x": 0.0}), round_intermediate=2).derivation
    assert (found.backward[-1].gradient, found.chains[0].gradient) == (1.0, 1.0)
    assert found.zeros == frozenset()


def test_a_repeated_update_is_refused():
    with pytest.raises(OptionError, match="round-intermediate: expected one update"):
        explain(read(TEXT, AT), learning_rate=0.1, repeat=3, round_intermediate=3)


def test_a_step_that_is_lost_in_rounding_moves_nothing():
    output = read("E = (w*x - t)*(w*x - t)", {"w": 0.4, "x": 1.0, "t": 0.1})
    text = str(explain(output, "w", learning_rate=1e-4, round_intermediate=2))
    assert "slope positive, its step lost in rounding: w stays\n" in text
    assert re.search(r"∂E/∂w +0.60 +0.60000 +0 +0 %", text)
    page = explain(output, "w", learning_rate=1e-4, round_intermediate=2).to_html()
    assert "falls" not in page
    assert "slope positive: w falls" in str(explain(output, "w", learning_rate=1e-4))
