"""The reference is right, and describes what disagrees with it."""

from __future__ import annotations

import numpy as np
import pytest

from bench.small_workloads import SEQUENCES, SMALL
from chainrule.bench.libraries.reference import training
from chainrule.bench.libraries.reference.training import disagreement, loss_and_gradients


@pytest.mark.parametrize("workload", [SMALL["small"], SMALL["norm"], *SEQUENCES.values()])
def test_gradients_against_central_differences(workload):
    """For one entry of every parameter."""
    network = workload.network
    x, y = (training._float64(array[: workload.batch]) for array in workload.data())
    parameters = training._initial(network)
    _, gradients = loss_and_gradients(network, parameters, x, y)
    assert parameters.keys() == gradients.keys()
    for name, array in parameters.items():
        gradient = gradients[name]
        index = np.unravel_index(np.abs(gradient).argmax(), array.shape)
        value, sides = array[index], []
        for sign in (1, -1):
            array[index] = value + sign * 1e-6
            sides.append(loss_and_gradients(network, parameters, x, y)[0])
        array[index] = value
        assert (sides[0] - sides[1]) / 2e-6 == pytest.approx(gradient[index], rel=1e-5)


def test_disagreement():
    expected = np.array([2.0, 1.0, 0.5])
    assert disagreement(expected * (1 + 1e-5), expected, 1e-3) == ""
    assert "at step 1" in disagreement(expected * (1 + 5e-4), expected, 1e-3)
    assert "at step 3" in disagreement(np.array([2.0, 1.0, 0.51]), expected, 1e-3)
    assert "nan at step 2" in disagreement(np.array([2.0, np.nan, 0.5]), expected, 1e-3)
    assert "instead of" in disagreement(expected[:2], expected, 1e-3)
