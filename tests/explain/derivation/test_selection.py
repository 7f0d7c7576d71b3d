"""One entry of a large record: explained on a page or two, and everything there adds up."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain import Explanation, explain
from chainrule.ops.losses import cross_entropy
from explain.records import recorded
from ops.formulas import evaluate

CLOSE = {"rel": 1e-9, "abs": 1e-12}


def explained(
    widths=(784, 512, 512, 10), batch=None, wrt="w1[5, 300]", seed=0, full=False
) -> Explanation:
    random = np.random.default_rng(seed)
    outputs = recorded(random, widths, batch)
    labels = random.integers(0, widths[-1], batch)
    return explain(cross_entropy(outputs, labels).named("loss"), wrt=wrt, full=full)


NETWORKS = {
    "one row": {},
    "rows": {"batch": 128},
    "a shared bias": {"batch": 32, "widths": (20, 30, 10), "wrt": "b1[3]"},
    "several": {"wrt": ["w1[5, 300]", "w1[6, 300]", "a1[7]", "w3[2, 1]"]},
    "deep": {"widths": (16,) * 21, "wrt": "w1[3, 4]", "full": True},
}


@pytest.mark.parametrize("name", NETWORKS)
def test_everything_adds_up(name):
    story = explained(**NETWORKS[name])
    derivation = story.derivation
    values = {step.name: step.value for step in derivation.forward} | {"e": math.e}
    for step in derivation.backward:
        if step.name != derivation.output:
            assert step.contributions, "only entries that lead to the output are shown"
            total = math.fsum([*(c.product for c in step.contributions), step.rest])
            assert total == pytest.approx(step.gradient, rel=1e-12, abs=1e-15)
            assert all(c.via in values for c in step.contributions)
            assert all(c.product == c.local.value * c.upstream for c in step.contributions)
    for step in derivation.forward:
        assert float(evaluate(step.substituted, values)) == pytest.approx(step.value, **CLOSE)
        for local in step.locals:
            assert float(evaluate(local.substituted, values)) == pytest.approx(local.value, **CLOSE)
            if step.op == "composite" and step.name != derivation.output:
                assert local.input in step.formula.symbols(), "a selected term is shown"
    for chain in derivation.chains:
        total = sum(product.value for product in chain.products) + chain.rest
        assert total == pytest.approx(chain.gradient, **CLOSE)
    assert len(str(story).splitlines()) < 1200
    assert max(map(len, str(story).splitlines())) <= 80
    assert story.to_latex()
    assert story._repr_html_()
    assert {node["name"] for node in story.to_dict()["nodes"]} == values.keys() - {"e"}


def test_it_is_fast():
    begun = time.process_time()
    explained(seed=1)
    assert time.process_time() - begun < 2.0


def test_a_weight_has_a_contribution_for_each_sample():
    derivation = explained(widths=(20, 30, 10), batch=4, wrt="w1[2, 3]").derivation
    (back,) = (step for step in derivation.backward if step.name == "w1[2, 3]")
    assert [c.via for c in back.contributions] == [f"z1[{row}, 2]" for row in range(4)]
    assert back.omitted == 0
    many = explained(widths=(20, 30, 10), batch=128, wrt="w1[2, 3]")
    (back,) = (step for step in many.derivation.backward if step.name == "w1[2, 3]")
    assert (len(back.contributions), back.omitted) == (4, 124)
    assert "… and 124 more, together" in str(many)
    data = next(node for node in many.to_dict()["nodes"] if node["name"] == "w1[2, 3]")
    assert data["omitted"] == {"count": 124, "sum": back.rest}


def test_long_sums_state_the_sum_of_the_terms_left_out():
    story = explained(widths=(30, 20, 10), wrt="w1[5, 3]")
    step = next(step for step in story.derivation.forward if step.name == "z1[5]")
    (rest,) = step.rests
    assert rest.count == 26
    assert str(step.formula).count("·") == 4
    assert "x[3]·w1[5, 3]" in str(step.formula)
    assert str(step.formula).endswith("… + b1[5]")
    assert f"… stands for 26 more terms, together {rest.value:.6f}".rstrip("0") in str(story)
    data = next(node for node in story.to_dict()["nodes"] if node["name"] == "z1[5]")
    assert data["left_out"] == [{"terms": 26, "sum": rest.value}]


def test_terms_that_are_always_zero_are_no_terms():
    """The loss takes one class; ten products with 0 are not shown."""
    step = explained(widths=(30, 20, 6), wrt="w1[5, 3]").derivation.forward[-1]
    assert step.rests == ()
    assert str(step.formula).startswith("log(e^z2[0] + e^z2[1]")


def test_all_but_the_largest_of_many_classes_are_one_number():
    """Below a softmax too: selected and largest terms stay, and the line adds up."""
    step = explained(widths=(30, 20, 100), wrt="w1[5, 3]").derivation.forward[-1]
    (rest,) = step.rests
    shown = {name for name in step.formula.symbols() if name.startswith("z2")}
    assert {local.input for local in step.locals} <= shown
    assert len(shown) + rest.count in (100, 101)  # the class itself may stand outside only
    assert float(evaluate(step.substituted, {"e": math.e})) == pytest.approx(step.value, **CLOSE)


def test_a_formula_too_long_to_read_becomes_a_step():
    """The variance of a batch of 128 is written once, not in each entry that is divided by it."""
    z = recorded(np.random.default_rng(0), (4, 5), 128)
    n = ((z - cr.mean(z, 0)) / cr.sqrt(cr.var(z, 0) + 0.1)).named("n")
    story = explain(cr.mean(n**3).named("loss"), wrt="w1[2, 1]", steps="names").derivation
    unnamed = [step.name for step in story.forward if step.name.startswith("v")]
    assert len(unnamed) == 1
    for step in story.forward:
        if step.name.startswith("n["):
            assert unnamed[0] in step.formula.symbols()


def test_a_dead_neuron_is_the_reason_for_zero():
    w = cr.variable(np.ones((40, 30)), "w")
    z = (w @ np.ones(30) - 100.0).named("z")
    story = explain(cr.relu(z).named("a").sum().named("loss"), wrt="w[7, 8]", steps="names")
    assert [step.name for step in story.derivation.forward] == ["w[7, 8]", "z[7]", "a[7]", "loss"]
    assert story.derivation.chains[0].count == 1
    assert "(1 if z[7] > 0 else 0) × 1 = 0 × 1 = 0" in " ".join(str(story).split())


def test_a_sum_of_sums_is_abridged_once():
    w = cr.variable(np.ones((400, 2)), "w")
    loss = ((w @ np.array([1.0, 2.0])).sum() * 2).named("f")
    (step,) = (
        s for s in explain(loss, "w[3, 1]", steps="names").derivation.forward if s.name == "f"
    )
    assert str(step.formula).count("·1") == str(step.formula).count("]·2") == 4
    assert str(step.formula).count("…") == 1
    assert "w[3, 1]·2" in str(step.formula)
    assert "…" not in str(step.substituted)
    assert step.rests[0].value == 1188
