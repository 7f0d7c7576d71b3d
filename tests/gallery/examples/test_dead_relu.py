"""Dead ReLUs: no gradient, no learning."""

from __future__ import annotations

import math

import numpy as np
import pytest

from chainrule import gallery
from chainrule.gallery.examples.dead_relu import SHAPES
from gallery.worked import table, worked


def test_dead_network():
    x = np.array([-2.4, 1.2, -0.8, 1.1])
    z = np.full(SHAPES[0], 0.1) @ x
    assert z == pytest.approx([-0.09] * 3)
    forward = dict(table(worked("dead-relu"), "forward pass")["rows"])
    assert forward["z1"] == "-0.09, -0.09, -0.09"
    assert {forward[name] for name in ("a1", "z2", "a2", "z3")} == {"0, 0, 0", "0, 0"}
    assert forward["p"] == "0.5, 0.5"
    assert worked("dead-relu").to_dict()["value"] == pytest.approx(math.log(2))


def test_nothing_is_ever_learned():
    gradients = worked("dead-relu").to_dict()["gradients"]
    assert all(not np.any(gradients[name]) for name in ("W1", "W2", "W3"))
    assert np.abs(gradients["z3"]) == pytest.approx([0.5, 0.5])
    rows = {row[0]: row[1:] for row in table(worked("dead-relu"), "gradient descent")["rows"]}
    before, after, moved = rows["equal weights, ReLU"]
    assert before == after == pytest.approx(math.log(2))
    assert moved == 0
    assert rows["random weights, leaky ReLU"][1] < 0.01


def test_a_living_input_is_not_called_dead():
    report = gallery.get("dead-relu").work({"x1": 2.4})
    assert np.any(report.to_dict()["gradients"]["W3"])
    text = " ".join(str(report).split())
    assert "Every gradient is 0" not in text
    reached = {name: size for name, _, size in table(report, "largest gradient")["rows"]}
    assert reached["W1"] == reached["W2"] == 0 < reached["W3"]
    assert "but not to W1 and W2: the gradients of the two outputs add up to 0" in text
