"""Attention by hand: against finite differences of plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import gallery
from gallery.worked import table, worked


def attention(p):
    """The loss of the example, written from the equations."""
    x = np.array([p["x1"], p["x2"], p["x3"]])
    scores = p["wq"] * p["x3"] * p["wk"] * x
    shares = np.exp(scores) / np.exp(scores).sum()
    return 0.5 * (shares @ (p["wv"] * x) - p["y"]) ** 2


def test_the_gradients_are_those_of_finite_differences():
    inputs = gallery.get("attention-by-hand").inputs
    found = worked("attention-by-hand").to_dict()
    assert found["value"] == pytest.approx(attention(inputs), rel=1e-13)
    for name, value in inputs.items():
        up, down = (attention({**inputs, name: value + step}) for step in (1e-6, -1e-6))
        assert found["gradients"][name] == pytest.approx((up - down) / 2e-6, abs=1e-9), name


def test_the_gradients_at_the_scores_add_up_to_0():
    report = worked("attention-by-hand")
    nodes = {node["name"]: node for node in report.to_dict()["nodes"]}
    rows = table(report, "The scores")["rows"]
    for name, *_, at_score in rows:
        assert at_score == pytest.approx(nodes[name]["gradient"], rel=1e-12)
    assert sum(row[-1] for row in rows) == pytest.approx(0, abs=1e-16)


def test_the_direct_way_and_the_others_make_up_the_gradient():
    report = worked("attention-by-hand")
    nodes = {node["name"]: node for node in report.to_dict()["nodes"]}
    for name, _, _, direct, gradient in table(report, "direct way")["rows"]:
        ways = {part["via"]: part["product"] for part in nodes[name]["contributions"]}
        assert direct == pytest.approx(ways[f"v{name[1]}"], rel=1e-13)
        assert gradient == pytest.approx(sum(ways.values()), rel=1e-13)
