"""The perceptron on truth tables, against the inequality written out."""

from __future__ import annotations

import pytest

from chainrule.gallery.examples.gates import INPUTS, TARGETS, perceptron_rule
from gallery.truth_tables import rows_right
from gallery.worked import table, worked


def test_truth_tables():
    assert [a and b for a, b in INPUTS] == list(TARGETS["AND"])
    assert [a or b for a, b in INPUTS] == list(TARGETS["OR"])
    assert [a ^ b for a, b in INPUTS] == list(TARGETS["XOR"])


def test_given_weights_row_by_row():
    rows = table(worked("gates"), "truth table of AND")["rows"]
    assert [row[2:] for row in rows] == [
        [-1, 0, 0, True],
        [0, 1, 0, False],
        [0, 1, 0, False],
        [1, 1, 1, True],
    ]
    rows = table(worked("gates"), "other biases")["rows"]
    assert [(gate, b, verdict) for gate, b, *_, verdict in rows] == [
        ("AND", -1.0, "2 of 4"),
        ("AND", -1.5, "4 of 4"),
        ("OR", -1.0, "4 of 4"),
        ("OR", -0.5, "4 of 4"),
    ]
    for gate, b, *_, verdict in rows:
        assert verdict == f"{rows_right(TARGETS[gate], 1, 1, b)} of 4"


@pytest.mark.parametrize("gate", ["AND", "OR"])
@pytest.mark.parametrize("rate", [0.1, 1.0, 7.0])
def test_the_perceptron_rule_learns(gate, rate):
    passes = perceptron_rule(TARGETS[gate], rate)
    assert passes[0] == (0, 0, 0)
    assert rows_right(TARGETS[gate], *passes[-1]) == passes[-1].rows_right(TARGETS[gate]) == 4
    assert all(p.rows_right(TARGETS[gate]) < 4 for p in passes[:-1])


def test_trained_gates_are_shown():
    for gate in ("AND", "OR"):
        *_, (_, w1, w2, b, verdict) = table(worked("gates"), f"Trained on {gate}")["rows"]
        assert verdict == "4 of 4"
        assert rows_right(TARGETS[gate], w1, w2, b) == 4


def test_the_gradient_of_a_step_function_is_zero():
    gradients = worked("gates").to_dict()["gradients"]
    assert all(gradients[name] == 0 for name in ("w1", "w2", "b", "z"))
    assert "derivative is taken as 0" in str(worked("gates"))
