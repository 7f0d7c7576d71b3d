"""A conversion that would lose a gradient is an error, not a wrong number."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import DifferentiationError, LostGradientWarning, OptionError


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


def sine_of_a_number(a, b):
    return a * b * math.sin(b)


def stored_in_a_buffer(a, b):
    buffer = np.zeros(2)
    buffer[0] = 3 * a
    buffer[1] = b
    return np.sum(buffer * a)


@pytest.mark.parametrize(
    "function",
    [
        sine_of_a_number,
        stored_in_a_buffer,
        lambda a, b: a * np.mean([a, b]),
        lambda a, b: np.sum(a * np.array([a, b])),
        lambda a, b: a * pickle.loads(pickle.dumps(a * b)),
        lambda a, b: a * float(a + b),
    ],
)
def test_gradients_of_variables_say_that_the_record_was_left(function):
    a, b = cr.variables(a=2.0, b=3.0)
    result = function(a, b)
    for reading in (
        lambda: result.gradients(),
        lambda: cr.explain(result),
        lambda: cr.flow(result),
    ):
        with pytest.warns(LostGradientWarning, match="gave plain numbers before") as caught:
            reading()  # none of them in silence
        assert {warning.filename for warning in caught} == {__file__}


def test_a_variable_of_which_only_numbers_took_part_has_no_silent_zero():
    a, b = cr.variables(a=2.0, b=3.0)
    found = (a * math.sin(b)).gradients()
    assert list(found) == ["a"]
    with pytest.warns(LostGradientWarning, match=r"float\(b\) gave plain numbers") as caught:
        found[b]
    assert {warning.filename for warning in caught} == {__file__}


def test_what_is_recorded_printed_or_asked_for_on_purpose_is_silent():
    a, b = cr.variables(a=2.0, b=3.0)
    seen = [f"{a:.3f} {b}", repr(a), a.item(), b.tolist(), a.value, bool(a > 0), str(a * b)]
    found = (a * np.stack([a, b]).mean() * copy.deepcopy(a) * copy.copy(b)).gradients()
    assert seen
    assert found["a"].item() == 2.5 * 6 + 2 * 3 + 5 / 2 * 6  # of a²b(a + b)/2: 3a²b/2 + ab²
    kept = cr.variable(1.0)
    other = kept * 2
    shown = float(other)  # after which nothing more is computed
    assert other.gradients()[kept].item() == shown == 2.0


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * x.item(),
        lambda x: x * x.reshape(1).tolist()[0],
        lambda x: x * pickle.loads(pickle.dumps(x)),
        lambda x: np.sum(x * _filled(x)),
        lambda x: np.ma.array([1.0, 2.0], mask=[False, True]) * x,
    ],
)
def test_every_way_to_plain_numbers_is_refused_where_they_would_lose_the_gradient(function):
    with pytest.raises(DifferentiationError, match="would lose the gradient"):
        cr.grad(function)(1.0)


def _filled(x):
    buffer = np.zeros(2)
    buffer[0] = 3 * x
    return buffer


def test_augmented_assignment_rebinds_the_name():
    """`y += 1` gives a new tensor, as in JAX and autograd; NumPy would change `t`, too."""

    def function(t):
        y = t
        y += 1.0
        return np.sum(y * t)

    assert cr.grad(function)(np.ones(2)).tolist() == [3.0, 3.0]


def test_assignment_to_entries_says_what_to_write():
    def function(h):
        h[h < 2] = 0.0
        return np.sum(h)

    with pytest.raises(TypeError, match=r"np\.where"):
        cr.grad(function)(np.ones(2))


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.ma.array([1.0, 2.0], mask=[False, True]), "filled"),
        (np.ones((1, 1)).view(np.matrix), "asarray"),
    ],
)
def test_arrays_that_compute_otherwise_are_refused(array, words):
    for attempt in (cr.variable, cr.grad(np.sum), lambda a: cr.variable(1.0) * a):
        with pytest.raises(OptionError, match=words):
            attempt(array)


def test_a_deep_record_is_copied_and_pickled():
    x = cr.variable(1.0, "x")
    y = x
    for _ in range(5000):
        y = y * 1.0001
    assert copy.deepcopy(y) is y
    assert pickle.loads(pickle.dumps(y)).item() == y.item()
    assert pickle.loads(pickle.dumps(x)).name == "x"
