"""Gradient norms by epoch."""

import math

import numpy as np
import pytest

from chainrule.errors import DataError
from chainrule.train.figures import (
    gradient_flow,
    to_png,
)
from chainrule.train.loop.history import EpochRecord


def flows(*epochs: dict[str, float]) -> list[EpochRecord]:
    return [EpochRecord(e, e, 1.0, 0.1, 1.0, gradient_norms=n) for e, n in enumerate(epochs, 1)]


def test_gradient_flow_has_a_line_for_each_layer() -> None:
    figure = gradient_flow(flows({"a": 1.0, "b": 0.1, "dead": 0.0}, {"a": 0.5, "b": 0.2}, {}))
    (axes,) = figure.axes  # an epoch without norms is left out, a layer without them a gap
    a, b = axes.get_lines()
    np.testing.assert_array_equal(a.get_xydata(), [[1, 1.0], [2, 0.5]])
    np.testing.assert_array_equal(b.get_xydata(), [[1, 0.1], [2, 0.2]])
    assert (axes.get_xlabel(), axes.get_yscale()) == ("epoch", "log")
    assert "∂loss" in axes.get_ylabel()
    assert axes.get_title(loc="left") == "Gradient norm of each layer by epoch"
    assert a.get_marker() != b.get_marker()


def test_gradient_flow_of_many_layers_has_a_row_for_each() -> None:
    names = [f"layers.{i}" for i in range(20)]
    figure = gradient_flow(flows(*({n: 10.0**-i for i, n in enumerate(names)} for _ in range(3))))
    axes, bar = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == names
    (image,) = axes.get_images()
    np.testing.assert_allclose(image.get_array()[:, 0], 10.0 ** -np.arange(20))
    assert "∂loss" in bar.get_ylabel()


@pytest.mark.parametrize("count", [1, 9])
@pytest.mark.parametrize("norm", [0.0, math.nan, math.inf, 5e-324, 1.0])
def test_extreme_flows(norm: float, count: int) -> None:
    figure = gradient_flow(flows({f"a{i}": norm for i in range(count)}))
    assert to_png(figure).startswith(b"\x89PNG")


def test_no_norms() -> None:
    with pytest.raises(DataError, match="gradient flow: expected one epoch or more"):
        gradient_flow(flows({}))
