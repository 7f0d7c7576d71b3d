"""The NumPy reference is right, and describes what disagrees with it."""

from __future__ import annotations

import numpy as np
import pytest

from bench.small_workloads import SMALL
from chainrule.bench.libraries import numpy_reference
from chainrule.bench.libraries.numpy_reference import disagreement


@pytest.mark.parametrize("name", ["small", "norm"])
def test_gradients_against_central_differences(name):
    """For one entry of every parameter."""
    workload = SMALL[name]
    x, y = workload.data()
    x, y = x[: workload.batch].astype(np.float64), y[: workload.batch]
    layers = [numpy_reference._float64(layer) for layer in workload.layers()]
    _, gradients = numpy_reference._loss_and_gradients(layers, x, y)
    parameters = [array for layer in layers for array in layer.arrays()]
    for array, gradient in zip(parameters, gradients, strict=True):
        index = np.unravel_index(np.abs(gradient).argmax(), array.shape)
        value, sides = array[index], []
        for sign in (1, -1):
            array[index] = value + sign * 1e-6
            sides.append(numpy_reference._loss_and_gradients(layers, x, y)[0])
        array[index] = value
        assert (sides[0] - sides[1]) / 2e-6 == pytest.approx(gradient[index], rel=1e-5)


def test_disagreement():
    expected = np.array([2.0, 1.0, 0.5])
    assert disagreement(expected * (1 + 1e-5), expected, 1e-3) == ""
    assert "at step 1" in disagreement(expected * (1 + 5e-4), expected, 1e-3)
    assert "at step 3" in disagreement(np.array([2.0, 1.0, 0.51]), expected, 1e-3)
    assert "nan at step 2" in disagreement(np.array([2.0, np.nan, 0.5]), expected, 1e-3)
    assert "instead of" in disagreement(expected[:2], expected, 1e-3)
