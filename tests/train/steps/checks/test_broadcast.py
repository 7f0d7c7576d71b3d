"""A loss of one's own that broadcasts outputs against targets is refused, or said to."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ShapeError

X = np.random.default_rng(0).normal(size=(20, 2))


class Source:
    """One batch, whose targets have one axis."""

    def batches(self, epoch, start):
        yield X, X[:, 0]

    def state(self):
        return {}


def squared(outputs, targets):
    return cr.mean((outputs - targets) ** 2)


def absolute(outputs, targets):
    return cr.mean(cr.abs(cr.tanh(targets) * 2.0 - outputs * 3.0))


def pinball(outputs, targets):
    """Three quantiles of one target: meant, and said so."""
    gap = cr.broadcast_to(targets, outputs.shape) - outputs
    return cr.mean(cr.maximum(gap * [0.1, 0.5, 0.9], gap * [-0.9, -0.5, -0.1]))


@pytest.mark.parametrize("loss", [squared, absolute])
def test_every_row_with_every_other_is_refused(loss):
    with pytest.raises(
        ShapeError, match=r"\(20, 1\) and targets \(20,\).* every row with every oth"
    ):
        cr.fit(cr.nn.mlp(2, (), 1), Source(), loss=loss, epochs=1)


@pytest.mark.parametrize("loss", [squared, absolute])
def test_several_outputs_against_one_target_are_said(loss):
    with pytest.warns(
        UserWarning, match=r"outputs \(20, 2\) and targets \(20, 1\).*broadcast_to"
    ) as w:
        cr.fit(cr.nn.mlp(2, (), 2), (X, X[:, 0]), loss=loss, epochs=1)
    assert w[0].filename == __file__


@pytest.mark.parametrize(
    ("outputs", "targets", "loss"),
    [
        (3, X[:, 0], pinball),
        (1, X[:, 0], squared),
        (2, X, squared),
        (2, X, lambda o, t: cr.mean((o - t) ** 2 * [1.0, 2.0]) + cr.mean(o) * cr.mean(t)),
        (2, X[:, 0], lambda o, t: cr.mean((o[:, :1] - t) ** 2)),
        (1, X[:1, 0], squared),
    ],
)
def test_what_fits_passes_in_silence(outputs, targets, loss):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cr.fit(cr.nn.mlp(2, (), outputs), (X[: len(targets)], targets), loss=loss, epochs=1)


@pytest.mark.parametrize("loss", ["mse", "huber", "binary_cross_entropy"])
def test_losses_of_the_package_refuse_both(loss):
    answers = (X[:, 0] > 0).astype(float)
    with pytest.raises(ShapeError):
        cr.fit(cr.nn.mlp(2, (), 2), (X, answers), loss=loss, epochs=1)
