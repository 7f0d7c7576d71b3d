"""Convolution by hand: against SciPy's, and the package's own layer-sized operation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import convolve2d, correlate2d

import chainrule as cr
from chainrule import gallery
from gallery.worked import table, worked

NAME = "convolution-by-hand"


def grid(letter, size, values):
    return np.array(
        [[values[f"{letter}{i}{j}"] for j in range(1, size + 1)] for i in range(1, size + 1)]
    )


def numbers(words):
    return np.array([row[1:] for row in table(worked(NAME), words)["rows"]])


def test_outputs_and_gradients_are_correlations_and_a_convolution():
    given = gallery.get(NAME).inputs
    found = worked(NAME).to_dict()
    x, w, t = grid("x", 4, given), grid("w", 3, given), grid("t", 2, given)
    values = {node["name"]: node["value"] for node in found["nodes"]}
    outputs = correlate2d(x, w, "valid") + given["b"]
    np.testing.assert_allclose(grid("o", 2, values), outputs, rtol=1e-13)
    delta = outputs - t
    np.testing.assert_allclose(numbers("at the outputs"), delta, rtol=1e-12)
    np.testing.assert_allclose(numbers("of the kernel."), correlate2d(x, delta, "valid"), 1e-12)
    np.testing.assert_allclose(numbers("of the image."), convolve2d(delta, w), 1e-12, 1e-15)
    assert found["gradients"]["b"] == pytest.approx(delta.sum(), rel=1e-12)


def test_each_weight_collects_from_four_places():
    nodes = {node["name"]: node for node in worked(NAME).to_dict()["nodes"]}
    assert all(len(nodes[f"w{i}{j}"]["contributions"]) == 4 for i in (1, 2, 3) for j in (1, 2, 3))


def test_the_operation_on_arrays_has_the_same_gradients():
    given = gallery.get(NAME).inputs
    x, w, t = grid("x", 4, given), grid("w", 3, given), grid("t", 2, given)

    def loss(kernel):
        y = cr.convolution(x[None, None], kernel, np.array([given["b"]]))
        return 0.5 * ((y - t) ** 2).sum()

    gradient = cr.grad(loss)(w[None, None])[0, 0]
    np.testing.assert_allclose(numbers("of the kernel."), gradient, rtol=1e-12)
