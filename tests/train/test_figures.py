import math
import subprocess
import sys

import numpy as np
import pytest

from chainrule.errors import DataError
from chainrule.train.figures import gradient_norms, loss_curve, to_png
from chainrule.train.history import EpochRecord


def records(train: list, validation: list | None = None) -> list[EpochRecord]:
    held_out = validation or [None] * len(train)
    pairs = enumerate(zip(train, held_out, strict=True), start=1)
    return [EpochRecord(e, e, t, 0.1, 1.0, validation_loss=v) for e, (t, v) in pairs]


def test_loss_curve_shows_the_records() -> None:
    figure = loss_curve(records([3.0, 2.0, 1.5], [3.1, 2.5, 2.6]), title="T", unit="nats")
    (axes,) = figure.axes
    training, validation, best = axes.get_lines()
    np.testing.assert_array_equal(training.get_xydata(), [[1, 3], [2, 2], [3, 1.5]])
    np.testing.assert_array_equal(validation.get_xydata(), [[1, 3.1], [2, 2.5], [3, 2.6]])
    np.testing.assert_array_equal(best.get_xydata(), [[2, 2.5]])
    assert axes.get_title(loc="left") == "T"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "loss (nats)")
    assert training.get_linestyle() != validation.get_linestyle()
    legend = axes.get_legend()
    assert legend is not None
    words = [text.get_text() for text in legend.get_texts()]
    assert words == ["training", "validation", "least validation loss: 2.5 at epoch 2"]


def test_without_validation() -> None:
    assert len(loss_curve(records([3.0, 2.0])).axes[0].get_lines()) == 1


@pytest.mark.parametrize(
    ("losses", "scale"),
    [
        ([1.0, 0.5], "linear"),
        ([1.0, 0.01], "log"),
        ([1.0, 0.0], "linear"),
        ([1.0, -5.0], "linear"),
        ([math.nan, math.inf], "linear"),
        ([1.0, math.inf, 0.01], "log"),
        ([1.7e308, 1.0], "linear"),
    ],
)
def test_scale(losses: list, scale: str) -> None:
    figure = loss_curve(records(losses))
    assert figure.axes[0].get_yscale() == scale
    assert to_png(figure).startswith(b"\x89PNG")


def test_gradient_norms_shows_every_layer_in_order() -> None:
    norms = {"z": 0.5, "a": 1e-7, "dead": 0.0, "m": math.nan}
    (axes,) = gradient_norms(norms).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["z", "a", "dead", "m"]
    low, high = axes.get_ylim()
    assert low > high  # the first layer is on top
    assert [text.get_text() for text in axes.texts] == [
        "0.5",
        "1e-07",
        "0 (no gradient)",
        "nan (off the scale)",
    ]
    assert axes.get_xlabel()
    assert axes.get_ylabel() == "layer"
    assert axes.get_title(loc="left")


@pytest.mark.parametrize("norms", [{"a": 0.0}, {"a": math.inf, "b": 5e-324}, {"a": 1.0}])
def test_extreme_norms(norms: dict) -> None:
    assert to_png(gradient_norms(norms)).startswith(b"\x89PNG")


def test_the_same_figure_is_the_same_file() -> None:
    one, two = (to_png(loss_curve(records([3.0, 2.0]))) for _ in range(2))
    assert one == two


def test_nothing_to_draw() -> None:
    with pytest.raises(DataError, match="loss curve: expected one epoch or more"):
        loss_curve([])
    with pytest.raises(DataError, match="gradient norms: expected one layer or more"):
        gradient_norms({})


def test_no_window_and_no_state() -> None:
    code = (
        "import sys; from chainrule.train.figures import gradient_norms, to_png;"
        "to_png(gradient_norms({'a': 1.0})); sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
