"""L-BFGS on functions whose lowest point is known."""

from itertools import pairwise

import numpy as np
import pytest

from chainrule.gallery.quasi_newton import lbfgs


def rosenbrock(x):
    a, b = x
    value = (1 - a) ** 2 + 100 * (b - a * a) ** 2
    return value, np.array([-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)])


def quartic(x):
    return float(np.sum((x - 2) ** 4)), 4 * (x - 2) ** 3


@pytest.mark.parametrize(
    ("function", "start", "lowest"),
    [
        (rosenbrock, [-1.2, 1.0], [1, 1]),
        (rosenbrock, [3.0, -2.0], [1, 1]),
        (lambda x: (float(x @ (x * [1, 1e4])), 2 * x * [1, 1e4]), [5.0, 5.0], [0, 0]),
    ],
)
def test_finds_the_lowest_point(function, start, lowest):
    found = lbfgs(function, np.array(start), 100)
    np.testing.assert_allclose(found, lowest, atol=1e-6)


def test_a_flat_bottom_is_approached():
    found = lbfgs(quartic, np.zeros(3), 100)
    np.testing.assert_allclose(found, 2.0, atol=1e-3)


def test_the_value_never_rises():
    values = [rosenbrock(lbfgs(rosenbrock, np.array([-1.2, 1.0]), steps))[0] for steps in range(30)]
    assert all(after <= before for before, after in pairwise(values))


def test_the_lowest_point_is_not_left():
    assert lbfgs(rosenbrock, np.array([1.0, 1.0]), 10).tolist() == [1.0, 1.0]


def test_a_step_to_infinity_is_shortened():
    def cliff(x):
        return (float("inf") if x[0] > 1 else float(-x[0])), np.array([-1.0])

    assert 0.9 < lbfgs(cliff, np.array([0.0]), 200)[0] <= 1
