"""LSTM and GRU by hand: against published digits, and finite differences of plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import gallery
from gallery.worked import table, worked

FORWARD = {
    "a1": 0.81775, "i1": 0.96083, "f1": 0.85195, "o1": 0.81757, "h1": 0.53631,
    "a2": 0.84980, "i2": 0.98118, "f2": 0.87030, "o2": 0.84993, "c2": 1.5176, "h2": 0.77198,
}  # fmt: skip
"""As printed by Gomez, "Backpropogating an LSTM: A Numerical Example", 2016, as are the others."""

BACKWARD = {
    "h2": -0.47803, "c2": -0.07111, "net_a2": -0.01938, "net_i2": -0.00112, "net_f2": -0.00631,
    "net_o2": -0.05538, "h1": 0.01803, "c1": -0.05349, "net_a1": -0.01703, "net_i1": -0.00165,
    "net_f1": 0.0, "net_o1": 0.00176,
}  # fmt: skip

UPDATED = {
    "wa1": 0.45267, "wa2": 0.25922, "ba": 0.20364, "wi1": 0.95022, "wi2": 0.80067, "ui": 0.80006,
    "bi": 0.65028, "wf1": 0.70031, "wf2": 0.45189, "uf": 0.10034, "bf": 0.15063, "wo1": 0.60259,
    "wo2": 0.41626, "uo": 0.25297, "bo": 0.10536,
}  # fmt: skip


CARRIED = 2e-5
"""The note carries rounded numbers on, so its last digits are off by one or two."""


def test_lstm_has_the_published_digits():
    found = worked("lstm-by-hand").to_dict()
    nodes = {node["name"]: node for node in found["nodes"]}
    for name, digits in FORWARD.items():
        assert nodes[name]["value"] == pytest.approx(digits, abs=4e-5 if name == "c2" else 1e-5)
    for name, digits in BACKWARD.items():
        assert nodes[name]["gradient"] == pytest.approx(digits, abs=CARRIED), name
    for name, digits in UPDATED.items():
        assert found["updates"][name]["new"] == pytest.approx(digits, abs=CARRIED), name


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def gru(p):
    """The loss of the example, written from the equations."""
    h = p["h0"]
    for t in (1, 2):
        x = p[f"x{t}"]
        r = sigmoid(p["wr"] * x + p["ur"] * h + p["br"])
        z = sigmoid(p["wz"] * x + p["uz"] * h + p["bz"])
        n = np.tanh(p["wn"] * x + p["bn"] + r * (p["un"] * h + p["cn"]))
        h = (1 - z) * n + z * h
    return 0.5 * (h - p["t"]) ** 2


def test_gru_has_the_gradients_of_finite_differences():
    inputs = gallery.get("gru-by-hand").inputs
    found = worked("gru-by-hand").to_dict()
    assert found["value"] == pytest.approx(gru(inputs), rel=1e-13)
    for name, value in inputs.items():
        up, down = (gru({**inputs, name: value + step}) for step in (1e-6, -1e-6))
        assert found["gradients"][name] == pytest.approx((up - down) / 2e-6, abs=1e-9), name


@pytest.mark.parametrize(
    ("name", "result", "direct"), [("lstm-by-hand", "c1", "f2"), ("gru-by-hand", "h1", "z2")]
)
def test_the_direct_way_back_has_the_gate_alone(name, result, direct):
    report = worked(name)
    ways = table(report, f"comes back to {result}")["rows"]
    nodes = {node["name"]: node for node in report.to_dict()["nodes"]}
    (factor,) = (row[1] for row in ways if row[0] == f"{result[0]}2 → {result}")
    assert factor == pytest.approx(nodes[direct]["value"], rel=1e-14)
    assert sum(row[3] for row in ways) == pytest.approx(nodes[result]["gradient"], rel=1e-13)


@pytest.mark.parametrize("name", ["lstm-by-hand", "gru-by-hand"])
def test_the_gates_multiply_the_gradient_by_their_slope(name):
    rows = table(worked(name), "Every gate")["rows"]
    assert len(rows) == (8 if name == "lstm-by-hand" else 6)
    for gate, value, gradient, slope, before in rows:
        tanh = gate[0] in "an"
        assert slope == pytest.approx(1 - value**2 if tanh else value * (1 - value), rel=1e-13)
        assert before == pytest.approx(gradient * slope, rel=1e-13)
