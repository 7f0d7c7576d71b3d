"""Numbers in figures are written as everywhere else: decimals, powers of ten, never `e-05`."""

from __future__ import annotations

import re

import numpy as np
import pytest
from matplotlib.figure import Figure

import chainrule as cr
from chainrule.train.figures.activations import activation_histograms
from chainrule.train.figures.axes_style import number_ticks, own_style
from chainrule.train.figures.flow_by_layer import shrinkage
from chainrule.train.figures.flow_by_neuron import neurons
from chainrule.train.figures.gradients_by_layer import gradient_norms
from chainrule.train.figures.image_files import to_svg
from chainrule.train.figures.loss import loss_curve
from chainrule.train.loop.history import EpochRecord
from explain.flows import gallery_chain, network

PROGRAMMERS = re.compile(r"\d[eE][-+−]?\d|(?<![\w]) -\d")
"""What only programs write: an exponent after an `e`, a hyphen for a minus sign."""


def texts(figure: Figure) -> list[str]:
    """Every text of a figure, tick labels and offsets of axes included."""
    source = to_svg(figure).decode()
    return [re.sub("<[^>]*>", "", found) for found in re.findall(r"<text.*?</text>", source, re.S)]


def ticks(low: float, high: float) -> list[str]:
    with own_style():
        figure = Figure()
        axes = figure.add_subplot()
        axes.plot([0, 1], [low, high])
        axes.set_yticks(np.linspace(low, high, 3))
        number_ticks(axes)
        figure.canvas.draw()
        return [label.get_text() for label in axes.get_yticklabels()]


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0.0, 0.5, ["0", "0.25", "0.50"]),
        (-1.0, 1.0, ["−1", "0", "1"]),
        (0.0, 5e-5, ["0", "2.5·10⁻⁵", "5.0·10⁻⁵"]),
        (0.0, 3e13, ["0", "1.5·10¹³", "3.0·10¹³"]),
        (1.0, 1.0002, ["1.0000", "1.0001", "1.0002"]),
        (1234560.0, 1234570.0, ["1234560", "1234565", "1234570"]),
        (1e9, 1e9 + 1e-3, ["1000000000.0000", "1000000000.0005", "1000000000.0010"]),
        (2.0, 2.0, ["2", "2", "2"]),
        (0.1, 0.7, ["0.1", "0.4", "0.7"]),  # and not 0.39999999999999997
    ],
)
def test_ticks_have_one_style(low, high, labels):
    assert ticks(low, high) == labels


def test_norms_keep_the_zeros_that_were_rounded_to():
    found = texts(shrinkage(gallery_chain("vanishing-chain")))
    assert {"0.428", "0.0524", "0.00640", "0.000752"} <= set(found)
    (axes,) = gradient_norms({"a": 1.5e-7, "b": 0.00639957, "c": 12345.6}).axes
    assert [text.get_text() for text in axes.texts] == ["1.5·10⁻⁷", "0.00640", "12346"]


def test_no_figure_has_numbers_of_programs():
    rng = np.random.default_rng(0)
    losses = [EpochRecord(i, i, 3e-6 / i, 0.1, 1.0, 4e-6 / i) for i in range(1, 5)]
    entry = cr.flow(network(3, [4, 3, 2]), "w1[0, 0]").entries[0]
    figures = [
        activation_histograms({"a": 1e-6 * rng.normal(size=(50, 3)), "b": np.zeros((50, 2))}),
        loss_curve(losses),
        gradient_norms({"a": 1e-9, "b": 2e-8}),
        neurons(entry, "loss"),
    ]
    for figure in figures:
        found = texts(figure)
        assert len(found) > 5
        assert [text for text in found if PROGRAMMERS.search(text)] == []
    assert any("least validation loss: 1·10⁻⁶ at epoch 4" in text for text in texts(figures[1]))
    means = r"mean −?\d(.\d\d)?·10\S+, sd \d(.\d\d)?·10\S+"
    assert any(re.match(means, text) for text in texts(figures[0]))
