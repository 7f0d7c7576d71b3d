"""The reliability diagram."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.train.evaluation.calibration import Calibration, calibration
from chainrule.train.figures import reliability_diagram, to_png


def test_a_point_for_every_bin():
    found = Calibration((0.3, 0.62, 0.9), (0.5, 0.6, 1.0), (2, 5, 20))
    (axes,) = reliability_diagram(found, part="validation").axes
    (points,) = axes.collections
    np.testing.assert_allclose(points.get_offsets(), [(0.3, 0.5), (0.62, 0.6), (0.9, 1.0)])
    areas = points.get_sizes()
    assert areas[0] < areas[1] < areas[2]
    (diagonal,) = axes.lines
    np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())
    title = axes.get_title(loc="left")
    assert title == "Reliability on 27 validation rows: calibration error 0.0926"
    assert axes.get_ylabel() == "accuracy"
    assert axes.get_xlabel().startswith("confidence")


def test_the_legend_covers_no_point():
    figure = reliability_diagram(Calibration((0.1, 0.5, 0.7), (1.0, 1.0, 0.0), (2, 5, 20)))
    figure.canvas.draw()
    (legend,), (axes,) = figure.legends, figure.axes
    assert axes.get_legend() is None
    assert not legend.get_window_extent().overlaps(axes.get_window_extent())


@pytest.mark.parametrize("rows", [1, 200])
def test_it_is_drawn(rows: int):
    p = np.random.default_rng(0).dirichlet(np.ones(3), rows)
    labels = np.zeros(rows, int)
    assert to_png(reliability_diagram(calibration(labels, p))).startswith(b"\x89PNG")
