"""Gradient norms at one moment."""

import math

import pytest

from chainrule.errors import DataError
from chainrule.train.figures import (
    gradient_norms,
    to_png,
)


def test_gradient_norms_shows_every_layer_in_order() -> None:
    norms = {"z": 0.5, "a": 1e-7, "dead": 0.0, "m": math.nan}
    (axes,) = gradient_norms(norms).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["z", "a", "dead", "m"]
    low, high = axes.get_ylim()
    assert low > high  # the first layer is on top
    assert [text.get_text() for text in axes.texts] == [
        "0.5",
        "1·10⁻⁷",
        "0 (no gradient)",
        "nan (off the scale)",
    ]
    assert axes.get_xlabel()
    assert axes.get_ylabel() == "layer"
    assert axes.get_title(loc="left")


@pytest.mark.parametrize("norms", [{"a": 0.0}, {"a": math.inf, "b": 5e-324}, {"a": 1.0}])
def test_extreme_norms(norms: dict) -> None:
    assert to_png(gradient_norms(norms)).startswith(b"\x89PNG")


def test_no_layer() -> None:
    with pytest.raises(DataError, match="gradient norms: expected one layer or more"):
        gradient_norms({})
