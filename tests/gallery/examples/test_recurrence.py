"""Gradients in time: the recurrent neurons against plain NumPy, and clipping."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import gallery
from chainrule.gallery.examples.recurrence import norms_by_lag, recurrent_matrix
from gallery.worked import table, worked

PHI = {
    "vanishing-in-time": (np.tanh, lambda h: 1 - h * h),
    "exploding-in-time": (lambda z: max(z, 0.0), lambda h: float(h > 0)),
}


def by_hand(name):
    """The gradients of u and w by the textbook's loop back in time, and what each step adds."""
    phi, slope = PHI[name]
    given = gallery.get(name).inputs
    h = [given["h0"]]
    for t in range(1, 5):
        h.append(phi(given["w"] * given[f"x{t}"] + given["u"] * h[-1]))
    at_h, of_u, of_w = h[4] - given["y"], [], []
    for t in (4, 3, 2, 1):
        at_z = at_h * slope(h[t])
        of_u.append(at_z * h[t - 1])
        of_w.append(at_z * given[f"x{t}"])
        at_h = at_z * given["u"]
    return of_u, of_w


@pytest.mark.parametrize("name", PHI)
def test_the_gradients_are_sums_over_time(name):
    of_u, of_w = by_hand(name)
    found = worked(name).to_dict()["gradients"]
    assert found["u"] == pytest.approx(sum(of_u), rel=1e-13)
    assert found["w"] == pytest.approx(sum(of_w), rel=1e-13)
    rows = table(worked(name), "a sum over time")["rows"]
    assert [row[4] for row in rows] == pytest.approx(of_u, rel=1e-13)


@pytest.mark.parametrize("name", PHI)
def test_each_step_back_multiplies_by_slope_and_weight(name):
    report = worked(name)
    rows = table(report, "Each step back in time")["rows"]
    gradient = report.to_dict()["gradients"]["h4"]
    for _, slope, u, factor, leaving in rows:
        assert factor == slope * u
        gradient *= factor
        assert leaving == pytest.approx(gradient, rel=1e-13)


@pytest.mark.parametrize("radius", [0.5, 1.0, 1.5])
def test_the_norm_of_a_linear_layer_is_a_power_of_the_spectral_radius(radius):
    matrix = recurrent_matrix(radius)
    assert np.abs(np.linalg.eigvals(matrix)) == pytest.approx(radius)
    norms = norms_by_lag(matrix, active=False)
    assert np.divide(norms, norms[0]) == pytest.approx(radius ** np.arange(len(norms)))


def test_tanh_only_lowers_the_norm():
    for radius in (0.5, 1.5):
        matrix = recurrent_matrix(radius)
        assert (np.array(norms_by_lag(matrix, True)) <= norms_by_lag(matrix, False)).all()


def test_clipping_takes_the_same_direction_and_learns():
    rows = table(worked("exploding-in-time"), "Gradient descent")["rows"]
    (_, first, w0, u0, *_), (_, _, w1, u1, _, w1c, u1c), *_, last = rows
    step, cut = np.array([w1 - w0, u1 - u0]), np.array([w1c - w0, u1c - u0])
    assert np.linalg.norm(cut) == pytest.approx(0.1 * 1.0)
    assert cut / np.linalg.norm(cut) == pytest.approx(step / np.linalg.norm(step))
    assert last[4] < 0.01 * first < last[1] + first


def test_a_learning_rate_that_learns_without_clipping_is_not_said_to_be_stuck():
    assert "no ReLU passes a gradient on" in " ".join(str(worked("exploding-in-time")).split())
    report = gallery.get("exploding-in-time").work(learning_rate=1e-4)
    assert "no ReLU" not in " ".join(str(report).split())
