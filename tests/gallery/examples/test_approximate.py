"""Approximations of functions, evaluated by hand."""

from __future__ import annotations

import itertools
import math

import pytest

from chainrule.gallery.examples.approximate import (
    FUNCTIONS,
    WIDTHS,
    falls_below,
    trained_networks,
)
from gallery.worked import table, worked


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_error_falls_as_the_layer_widens(name, engine):
    functions = {
        "sin": math.sin,
        "|x|": abs,
        "smoothed step": lambda x: 0 if x < -0.2 else 1 if x > 0.2 else _cubic((x + 0.2) / 0.4),
    }
    _, low, high = FUNCTIONS[name]
    points = [low + (high - low) * i / 997 for i in range(998)]
    worst, mean = [], []
    for net in trained_networks(name, engine):
        errors = [abs(functions[name](x) - _by_hand(net, x)) for x in points]
        worst.append(max(errors))
        mean.append(sum(error**2 for error in errors))
    assert len(worst) == len(WIDTHS)
    assert worst[-1] < 0.02 < worst[0]
    assert worst[1] < worst[0]
    assert worst[3] < worst[1]
    assert all(after < 1.1 * before for before, after in itertools.pairwise(mean))


def _cubic(t):
    return 3 * t**2 - 2 * t**3


def _by_hand(net, x):
    neurons = zip(net.a, net.b, net.c, strict=True)
    return sum(c * 0.5 * (1 + math.tanh((a * x + b) / 2)) for a, b, c in neurons) + float(net.d)


def test_the_width_that_is_enough():
    rows = table(worked("approximate"), "largest error")["rows"]
    text = " ".join(str(worked("approximate")).split())
    for column, name in enumerate(FUNCTIONS, start=1):
        enough = next(row[0] for row in rows if row[column] < 0.02)
        assert f"{name} by width {enough}" in text


def test_a_plot_of_every_curve():
    plots = [b for b in worked("approximate").to_dict()["report"] if b["kind"] == "plot"]
    assert [one["name"] for one in plots[0]["series"]] == list(FUNCTIONS)
    for one in (curve for plot in plots for curve in plot["series"]):
        assert len(one["x"]) == len(one["y"]) > 1


@pytest.mark.parametrize(
    ("epsilon", "says"),
    [
        (0.1, "The error falls below ε = 0.1 for a by width 2, for b by width 4."),
        (
            0.04,
            "The error falls below ε = 0.04 for b by width 4; for a it does not up to width 16.",
        ),
        (0.001, "The error does not fall below ε = 0.001 up to width 16."),
    ],
)
def test_which_error_falls_below_a_bound(epsilon, says):
    errors = {"a": [0.2, 0.05, 0.05, 0.05, 0.05], "b": [0.3, 0.2, 0.03, 0.02, 0.01]}
    assert falls_below(epsilon, f"{epsilon}", errors) == says
