"""Where a function of complex numbers has no derivative, all stays finite."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr

Z = np.array([0j, 1 + 2j, -3.0 + 0j])


@pytest.mark.parametrize(
    "function",
    [
        lambda z: np.sum(np.abs(z)),
        lambda z: np.sum(np.angle(z)),
        lambda z: np.sum(np.real(np.sign(z))),
        lambda z: np.sum(np.abs(z) ** 2),
        lambda z: np.real(np.prod(z)),
        lambda z: np.std(z),
        lambda z: np.std(z * 0.0),
        lambda z: np.sum(np.real(z**2)) + np.sum(np.imag(z**3)),
        lambda z: np.sum(np.real(np.power(z, np.array([1.0, 2.0, 0.0])))),
    ],
)
def test_first_and_second_derivatives_are_finite(function):
    def along(z):
        return np.sum(np.real(cr.grad(function)(z) * (1.0 - 2.0j)))

    assert np.isfinite(cr.grad(function)(Z)).all()
    assert np.isfinite(cr.grad(along)(Z)).all()


def test_the_slope_of_a_power_is_that_of_its_base_alone_at_zero():
    def power(x, y):
        return np.real(np.power(x, y))

    assert cr.grad(power, 0)(0j, 2.0) == 0
    assert cr.grad(power, 0)(0j, 1.0) == 1
    assert cr.grad(power, 1)(0j, 2.0) == 0


def test_a_power_of_a_negative_number_has_a_complex_exponent():
    z = 0.3 - 0.2j
    found = cr.grad(lambda x: np.real(np.power(x, z)))(-1.3)
    assert found == pytest.approx((z * np.power(-1.3 + 0j, z - 1)).real, rel=1e-12)
    slope = cr.grad(lambda y: np.real(np.power(cr.variable(-1.3), y)))(z)
    assert slope == pytest.approx(np.power(-1.3 + 0j, z) * np.log(-1.3 + 0j), rel=1e-12)
