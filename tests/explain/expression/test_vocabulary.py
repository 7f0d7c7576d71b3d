"""Expressions beyond arithmetic: entries, conditions, options of functions."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import ExpressionError
from chainrule.explain import explain, read

X = {"x": [1.0, -2.0, 0.5]}


@pytest.mark.parametrize(
    ("text", "value", "slopes"),
    [
        ("x[0] * x[-1]", 0.5, [0.5, 0, 1]),
        ("x[1] ** 2 + x[1]", 2.0, [0, -3, 0]),
        ("sum(where(x > 0, x ** 2, 3 * x))", -4.75, [2, 3, 1]),
        ("where(x[0] >= 1, x[1], x[2])", -2.0, [0, 1, 0]),
        ("sum(clip(x, -1, 0.75))", 0.25, [0, 0, 1]),
        ("sum(cumsum(x))", -0.5, [3, 2, 1]),
        ("dot(x, x)", 5.25, [2, -4, 1]),
        ("x @ transpose(x)", 5.25, [2, -4, 1]),
    ],
)
def test_values_and_gradients(text, value, slopes):
    output = read(text, X)
    assert output.item() == pytest.approx(value)
    found = explain(output).to_dict()["gradients"]["x"]
    assert np.allclose(found, slopes)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("clip(x, x, 1)", "numbers after the first argument of clip"),
        ("clip(x, 0, 1, 2)", "for clip"),
        ("where(x)", "three arguments for where"),
        ("dot(x)", "two arguments for dot"),
        ("a = x[0]; x[1]", "a, which it does not depend on"),
    ],
)
def test_invalid_calls(text, says):
    with pytest.raises(ExpressionError, match=says):
        read(text, X)
