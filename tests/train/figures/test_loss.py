"""The loss curve."""

import math

import numpy as np
import pytest

from chainrule.errors import DataError
from chainrule.train.figures import (
    loss_curve,
    to_png,
)
from chainrule.train.loop.history import EpochRecord


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


def test_no_epoch() -> None:
    with pytest.raises(DataError, match="loss curve: expected one epoch or more"):
        loss_curve([])
