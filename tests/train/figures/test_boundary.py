"""Decision boundaries and surfaces."""

import numpy as np
import pytest

from chainrule.errors import ShapeError
from chainrule.train.figures import (
    decision_boundary,
    to_png,
)


def test_the_boundary_is_where_the_prediction_changes() -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (50, 2))
    figure = decision_boundary(
        lambda rows: (rows[:, 0] > 0.25).astype(int),
        x,
        (x[:, 0] > 0.25).astype(int),
        names=("age (years)", "height (cm)"),
        classes=("no", "yes"),
    )
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("age (years)", "height (cm)")
    line = axes.collections[-1].get_paths()[0].vertices
    np.testing.assert_allclose(line[:, 0], 0.25, atol=0.02)
    no, yes = axes.get_lines()
    assert len(no.get_xdata()) + len(yes.get_xdata()) == 50
    assert no.get_marker() != yes.get_marker()


def test_a_surface_for_numbers() -> None:
    x = np.array([[0.0, 0.0], [1.0, 2.0]])
    figure = decision_boundary(lambda rows: rows.sum(1), x, x.sum(1), target="price ($)")
    axes, bar = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x1", "x2")
    assert bar.get_ylabel().startswith("price ($)")


@pytest.mark.parametrize("classes", [(), ("one", "two")])
def test_flat_answers_and_a_single_row(classes: tuple[str, ...]) -> None:
    figure = decision_boundary(
        lambda rows: np.zeros(len(rows)), np.ones((1, 2)), np.zeros(1), classes=classes
    )
    assert to_png(figure).startswith(b"\x89PNG")


def test_a_plane_has_two_inputs() -> None:
    with pytest.raises(ShapeError, match="expected rows of 2 inputs"):
        decision_boundary(lambda rows: rows[:, 0], np.ones((4, 3)), np.ones(4))
