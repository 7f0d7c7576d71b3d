"""The figure of a gradient's flow back in time."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import DataError
from chainrule.train import figures


def recurrent(keep):
    u = cr.variable(0.5, "u")
    last, _ = cr.scan(lambda h, x: (cr.tanh(u * h + x) + keep * h, None), 0.1, np.ones(6))
    return cr.flow(last.named("loss"), over_time=True)


def test_the_curves_are_the_norms_and_factors():
    flow = recurrent(0.0)
    above, below = figures.over_time(flow).axes
    (norms,) = above.get_lines()
    lags = flow.recurrences[0].lags
    assert list(norms.get_ydata()) == [lag.norm for lag in lags]
    assert [line.get_label() for line in below.get_lines()][:2] == ["slopes", "weights u"]
    assert below.get_lines()[0].get_ydata()[1:] == pytest.approx([x.activation for x in lags[1:]])


def test_what_came_without_weights_is_drawn_where_there_is_any():
    flow = recurrent(0.9)
    above, below = figures.over_time(flow).axes
    assert [text.get_text() for text in above.get_legend().get_texts()][1:] == [
        "came without weights"
    ]
    carried = above.get_lines()[1].get_ydata()
    assert carried == pytest.approx(0.9 ** np.arange(6))
    assert len(below.get_lines()) == 4


def test_a_flow_by_layer_is_refused():
    x = cr.variable(0.5, "x")
    with pytest.raises(DataError, match="expected a flow over time"):
        figures.over_time(cr.flow(cr.tanh(x)))
