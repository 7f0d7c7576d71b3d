"""The summary of a model."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import nn
from chainrule.errors import OptionError, ShapeError


def test_summary():
    block = nn.Residual(nn.Sequential(nn.Linear(8, 8, "shared"), nn.Tanh()))
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm(8), block, nn.Linear(8, 3))
    rows = [(row.name, row.layer, row.shape, row.parameters) for row in nn.summary(model)]
    assert rows == [
        ("layers.0", "Linear", (8,), 40),
        ("layers.1", "BatchNorm", (8,), 16),
        ("layers.2.inner.layers.0", "Linear", (8,), 65),
        ("layers.2.inner.layers.1", "Tanh", (8,), 0),
        ("layers.3", "Linear", (3,), 27),
    ]
    assert nn.summary(nn.Tanh(), (5, 2)) == [nn.Row("", "Tanh", (5, 2), 0)]
    with pytest.raises(OptionError, match="shape"):
        nn.summary(nn.Tanh())


class Own(nn.Layer):
    """A container that records nothing, with several outputs, and a layer it does not use."""

    def __init__(self) -> None:
        self.inner, self.head = nn.Linear(4, 3), nn.Sequential(nn.Linear(3, 2), nn.Tanh())
        children = {"inner": self.inner, "head": self.head, "spare": nn.Linear(1, 1), "two": Two()}
        super().__init__(children=children)

    def apply(self, scope, x):
        h = self.inner.apply(scope.child("inner"), x)
        self.children["two"].apply(scope.child("two"), h)
        return self.head.apply(scope.child("head"), h)


class Two(nn.Layer):
    def apply(self, scope, x):
        return {"x": x, "sum": (x.sum(axis=-1),)}


def test_a_container_of_ones_own_need_not_record():
    rows = [(row.name, row.layer, row.shape, row.parameters) for row in nn.summary(Own())]
    assert rows == [
        ("inner", "Linear", (3,), 15),
        ("head.layers.0", "Linear", (2,), 8),
        ("head.layers.1", "Tanh", (2,), 0),
        ("spare", "Linear", None, 2),
        ("two", "Two", {"sum": ((),), "x": (3,)}, 0),
    ]
    html = Own()._repr_html_()
    assert "(B, 3)" in html
    assert "spare" in html


@pytest.mark.parametrize("shape", [4.0, "4", (4, None), (-1,), {4}, [[4]], True])
def test_what_is_no_shape(shape):
    with pytest.raises(OptionError, match=r"summary shape.*whole number"):
        nn.summary(nn.mlp(4, (8,), 3), shape)


def test_what_is_no_model():
    with pytest.raises(OptionError, match=r"summary.*a model"):
        nn.summary([nn.mlp(4, (8,), 3)])


def test_a_number_is_the_width():
    assert nn.summary(nn.mlp(4, (8,), 3), 4) == nn.summary(nn.mlp(4, (8,), 3), (4,))


def test_a_model_of_images():
    """Flatten and GroupNorm need the axis of the batch, which the shapes leave out."""
    model = nn.Sequential(
        *(nn.Conv2d(1, 8, 3), nn.GroupNorm(2, 8), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        nn.Linear(8 * 13 * 13, 10),
    )
    rows = [(row.layer, row.shape, row.parameters) for row in nn.summary(model, (1, 28, 28))]
    assert rows == [
        ("Conv2d", (8, 26, 26), 80),
        ("GroupNorm", (8, 26, 26), 16),
        ("ReLU", (8, 26, 26), 0),
        ("MaxPool2d", (8, 13, 13), 0),
        ("Flatten", (1352,), 0),
        ("Linear", (10,), 13530),
    ]
    with pytest.raises(OptionError, match=r"shape=\(D, N, M\)"):
        nn.summary(model)
    assert "Conv2d" in model._repr_html_()
    with pytest.raises(
        ShapeError, match=r"layers\.5: expected inputs \(…, 1352\), got \(1, 1800\)"
    ):
        nn.summary(model, (1, 32, 32))


def test_a_layer_of_ones_own_that_takes_one_input_only():
    class Left(nn.Layer):
        def apply(self, scope, x):
            return np.ones((3, 4)) @ x

    assert nn.summary(Left(), (4,)) == [nn.Row("", "Left", (3,), 0)]
