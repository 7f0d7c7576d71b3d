"""A conversion that would lose a gradient is an error, not a wrong number."""

from __future__ import annotations

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import DifferentiationError, OptionError


@pytest.mark.parametrize(
    "function",
    [
        lambda x: math.sin(x) * x,
        lambda x: (np.asarray(x) ** 2).sum() + x,
        lambda x: float(x) ** 2 + x,
        lambda x: np.array([x * 2, x])[0] + x,
    ],
)
def test_losing_the_record_is_refused(function):
    with pytest.raises(DifferentiationError, match="would lose the gradient"):
        cr.grad(function)(1.0)


def test_explicit_values_are_allowed_and_results_are_plain():
    assert cr.grad(lambda x: x * float(x.value))(3.0) == 3.0
    slope = cr.grad(lambda x: x**2)(cr.variable(3.0))
    assert float(slope) == 6.0
    assert np.asarray(slope) == 6.0
    kept = []
    assert cr.grad(lambda x: kept.append(x * 2) or kept[0])(1.0) == 2.0
    assert float(kept[0]) == 2.0
    nested = cr.grad(lambda x: cr.grad(lambda y: x * y**2)(2.0) * x)
    assert nested(3.0) == pytest.approx(24.0)


@pytest.mark.parametrize("name", ["w[0]", "]", " "])
def test_names_that_look_like_entries_are_refused(name):
    with pytest.raises(OptionError, match="without square brackets"):
        cr.variable(1.0, name)
    with pytest.raises(OptionError, match="without square brackets"):
        (cr.variable(1.0) * 2).named(name)
