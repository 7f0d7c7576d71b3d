"""Working an example: its inputs, its options, and the engine that trains for it."""

from __future__ import annotations

import math

import pytest

from chainrule import gallery
from chainrule.errors import ExpressionError, OptionError, UnknownNameError
from chainrule.explain import read
from gallery.worked import worked

NAMES = gallery.names()

LONG = ("approximate", "long-memory", "xor", "zero-init")

QUICK = [name for name in NAMES if name not in LONG]
"""Examples that do not train for a second."""


@pytest.mark.parametrize("name", QUICK)
def test_working_twice_gives_the_same(name):
    assert gallery.get(name).work().to_json() == worked(name).to_json()


@pytest.mark.parametrize("name", QUICK)
def test_every_input_can_be_set(name):
    example = gallery.get(name)
    before = example.work().to_dict()
    for key, value in example.inputs.items():
        if key == "seed":
            continue
        after = example.work({key: value + 0.5}).to_dict()
        changed = {k: after[k] for k in ("nodes", "report")} != {
            k: before[k] for k in ("nodes", "report")
        }
        assert changed, key


def test_an_input_changes_the_result():
    found = gallery.get("two-two-two").work({"w5": 0.3}).to_dict()
    sigmoid = lambda z: 1 / (1 + math.exp(-z))  # noqa: E731
    h1, h2 = sigmoid(0.15 * 0.05 + 0.2 * 0.1 + 0.35), sigmoid(0.25 * 0.05 + 0.3 * 0.1 + 0.35)
    o1 = sigmoid(0.3 * h1 + 0.45 * h2 + 0.6)
    o2 = sigmoid(0.5 * h1 + 0.55 * h2 + 0.6)
    assert found["value"] == pytest.approx(0.5 * (0.01 - o1) ** 2 + 0.5 * (0.99 - o2) ** 2)
    assert found["gradients"]["w5"] == pytest.approx((o1 - 0.01) * o1 * (1 - o1) * h1)


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_input(name):
    with pytest.raises(UnknownNameError, match=f"input of {name}"):
        gallery.get(name).work({"nowhere": 1.0})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_an_input_that_is_not_finite(value):
    with pytest.raises(OptionError, match="x: expected a finite number"):
        gallery.get("add-multiply").work({"x": value})


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("xor", {"seed": 0.5}),
        ("xor", {"seed": -1}),
        ("zero-init", {"steps": 0}),
        ("zero-init", {"steps": 1e9}),
        ("approximate", {"epsilon": 0}),
    ],
)
def test_an_input_out_of_range(name, inputs):
    with pytest.raises(OptionError, match=next(iter(inputs))):
        gallery.get(name).work(inputs)


@pytest.mark.parametrize(
    "name", ["add-multiply", "sigmoid-circuit", "max-gate", "gates", "two-two-one"]
)
@pytest.mark.parametrize("rate", [0.0, -1.0, math.inf])
def test_a_learning_rate_out_of_range(name, rate):
    with pytest.raises(OptionError, match="learning rate"):
        gallery.get(name).work(learning_rate=rate)


def test_options_of_explain():
    report = gallery.get("two-two-two").work(wrt="w7", learning_rate=2.0, digits=5)
    assert list(report.to_dict()["updates"]) == ["w7"]
    assert "∂E_total/∂w7 = -0.02260\n" in str(report)
    gates = gallery.get("two-two-two").work(steps="gates")
    assert len(gates.to_dict()["nodes"]) > len(report.to_dict()["nodes"])
    assert gates.to_dict()["value"] == report.to_dict()["value"]
    with pytest.raises(UnknownNameError, match="steps"):
        gallery.get("two-two-two").work(steps="giant")
    with pytest.raises(UnknownNameError):
        gallery.get("two-two-two").work(wrt="w9")


def test_wrt_may_be_a_gate_of_the_circuit():
    report = gallery.get("sigmoid-circuit").work(wrt="f5")
    assert [chain.wrt for chain in report.main.derivation.chains] == ["f5"]


@pytest.mark.parametrize("name", [n for n in NAMES if gallery.get(n).expression])
def test_expressions_are_shown_as_they_are_worked(name):
    example = gallery.get(name)
    try:
        output = read(example.expression, example.inputs)
    except (ExpressionError, UnknownNameError):
        return  # the example has inputs besides those of the expression
    assert float(output) == worked(name).to_dict()["value"]


@pytest.mark.parametrize("name", ["xor", "dead-relu", "zero-init"])
def test_both_engines_print_the_same(name):
    assert str(gallery.get(name).work(engine="reference")) == str(worked(name))


def test_an_engine_that_does_not_exist():
    with pytest.raises(UnknownNameError, match="engine"):
        gallery.get("dead-relu").work(engine="steam")


@pytest.mark.parametrize("name", gallery.names())
def test_examples_that_train_say_so(name, monkeypatch):
    class LoadedError(Exception):
        pass

    def load(*_, **__):
        raise LoadedError

    monkeypatch.setattr("chainrule.engine.compiled_evaluator.CompiledEvaluator", load)
    monkeypatch.setattr("chainrule.train.loop.session.make_stepper", load)
    example = gallery.get(name)
    if example.trains:
        with pytest.raises(LoadedError):
            example.work()
    else:
        example.work()
