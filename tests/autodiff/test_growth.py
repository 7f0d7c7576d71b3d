"""Differentiating is near linear: twice the steps or leaves cost about twice as much.

What is counted is what grows: the entries of all arrays of a gradient's record, and the calls of
Python functions while it is recorded.
"""

from __future__ import annotations

import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import Graph

MOST = 2.2


def slices(count):
    """A sum over rows, read one by one, in a loop that also takes a block of rows at a time."""
    x = cr.variable(np.ones((count, 3)), "x")
    parts = [cr.sum(x[i] * float(i)) for i in range(count)]
    parts += [cr.sum(x[i : i + 2] ** 2.0) for i in range(0, count, 2)]
    parts += [cr.sum(x[[i, i, 0]]) for i in range(0, count, 5)]
    return cr.sum(cr.stack(parts))


def steps(count):
    """An unrolled recurrence, whose weight is used at every step."""
    w = cr.variable(0.3 * np.eye(2), "w")
    h = cr.ops.tensor.constant(np.ones(2))
    for _ in range(count):
        h = cr.tanh(w @ h)
    return cr.sum(h)


def leaves(count):
    """A sum of many variables."""
    total = cr.variable(1.0)
    for _ in range(count):
        total = total + cr.variable(2.0)
    return total


def second_derivative(count):
    """The gradient of a gradient of the recurrence."""
    w = steps(count).gradients()["w"]
    return cr.sum(w * w)


def calls(function, *args):
    """The number of calls of Python functions."""
    count = 0

    def counting(frame, event, arg):
        nonlocal count
        count += event == "call"

    sys.setprofile(counting)
    try:
        function(*args)
    finally:
        sys.setprofile(None)
    return count


def entries(output):
    """The entries of all arrays that the gradients consist of."""
    found = output.gradients()
    nodes = Graph.of([tensor.node for tensor in found.values()]).nodes
    return sum(node.spec.size for node in nodes)


@pytest.mark.parametrize("function", [slices, steps, leaves, second_derivative])
@pytest.mark.parametrize("measure", [entries, lambda output: calls(output.gradients)])
def test_twice_the_length_costs_about_twice_as_much(function, measure):
    small, large = measure(function(100)), measure(function(200))
    assert large <= MOST * small


def test_slices_are_pulled_back_together():
    """One array of zeros is filled, to which each slice adds in place."""
    x = cr.variable(np.arange(6.0), "x")
    output = cr.sum(x[:2] * x[2:4]) + cr.sum(x[[0, 0]] * x[4])
    gradient = output.gradients()["x"]
    kinds = [node.kind for node in gradient.graph().nodes]
    assert kinds.count("put_add") == 1
    np.testing.assert_array_equal(gradient.value, [10.0, 3.0, 0.0, 1.0, 0.0, 0.0])


def test_slices_next_to_other_uses_are_added_in_the_order_of_the_uses():
    x = cr.variable(np.array([0.1, 0.2, 0.3]), "x")
    gradient = (cr.sum(x[:2]) + cr.sum(x * 3.0) + cr.sum(x[1:] * 0.7)).gradients()["x"]
    np.testing.assert_array_equal(gradient.value, [4.0, 0.7 + 3.0 + 1.0, 0.7 + 3.0])
    assert [node.kind for node in gradient.graph().nodes].count("put_add") == 2
    second = cr.sum(gradient * x).gradients()["x"]
    np.testing.assert_allclose(second.value, gradient.value)
