"""Histograms of activations."""

import numpy as np
import pytest

from chainrule.errors import DataError
from chainrule.train.figures import (
    activation_histograms,
    to_png,
)


def test_activations_are_counted_and_zeros_are_reported() -> None:
    values = np.array([[0.0, 0.0, 1.0, 5.0], [0.0, 3.0, 2.0, 5.0]])
    figure = activation_histograms({"a1": values, "z2": values + 1})
    heights = [axes.patches[0].get_data().values.sum() for axes in figure.axes]
    assert heights == pytest.approx([100 * 5 / 8, 100])  # per cent of all; three of a1 are zero
    assert figure.axes[0].texts[0].get_text() == "mean 2, sd 2\n38 % zero\n2 of 4 units constant"
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["a1", "z2"]
    assert all(word.get_text() for word in (figure._suptitle, figure._supxlabel, figure._supylabel))


@pytest.mark.parametrize(
    "values",
    [np.zeros((3, 2)), np.full((3, 2), np.nan), np.ones((1, 1)), np.array([[1.0, np.inf]])],
)
def test_extreme_activations(values: np.ndarray) -> None:
    assert to_png(activation_histograms({"a": values})).startswith(b"\x89PNG")


def test_of_many_layers_some_are_drawn() -> None:
    figure = activation_histograms({f"a{i}": np.ones((2, 2)) * i for i in range(40)})
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert (len(titles), titles[0], titles[-1]) == (12, "a0", "a39")
    assert "12 of 40" in figure._suptitle.get_text()


def test_no_layer() -> None:
    with pytest.raises(DataError, match="activations: expected one layer or more"):
        activation_histograms({})
