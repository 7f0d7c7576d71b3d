"""Answers that are a class for each step of time, (n, T), of models that return (n, T, K)."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import ChainruleError, DataError
from chainrule.train.steps.checks.outputs import classes_of_steps

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(30, 4, 2)), RNG.integers(0, 3, size=(30, 4))


def linear(outputs):
    """The same weights at every step: no recurrence is needed for answers over time."""
    return nn.Linear(2, outputs, seed=1)


@pytest.mark.parametrize("loss", [None, "cross_entropy", lambda z, y: cr.cross_entropy(z, y)])
@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_steps_train_like_rows(loss, engine):
    """In one batch, the mean over rows and steps is the mean over all of them as rows."""
    options = {"epochs": 3, "batch_size": "full", "engine": engine, "optimizer": "sgd"}
    over_time = cr.fit(linear(3), (X, Y), loss=loss, **options)
    rows = cr.fit(linear(3), (X.reshape(-1, 2), Y.reshape(-1)), loss="cross_entropy", **options)
    for one, other in zip(
        over_time.model.parameters().values(), rows.model.parameters().values(), strict=True
    ):
        np.testing.assert_allclose(one.value, other.value, rtol=1e-12)
    assert over_time.report.train.loss == pytest.approx(rows.report.train.loss, rel=1e-12)
    assert (over_time.report.task, over_time.report.metric) == ("classification", None)


def test_inputs_in_a_tree():
    class Second(nn.Layer):
        def __init__(self):
            self.inner = linear(3)
            super().__init__(children={"inner": self.inner})

        def apply(self, scope, x):
            return self.inner.apply(scope.child("inner"), x["x"])

    data = {"x": X, "lengths": np.full(30, 4)}
    options = {"epochs": 2, "seed": 2}
    found = cr.fit(Second(), (data, Y), **options)
    expected = cr.fit(linear(3), (X, Y), **options)
    assert found.report.train.loss == pytest.approx(expected.report.train.loss, rel=1e-12)


@pytest.mark.parametrize(
    ("outputs", "answers", "classes"),
    [
        (3, Y, 3),
        (3, Y.tolist(), 3),
        (3, Y.astype(np.uint8), 3),
        (3, Y.astype(float), None),  # quantities
        (3, Y[:, :2], None),  # of another length
        (3, Y[:, 0], None),  # one class for each row
        (1, Y, None),
        (3, {"y": Y}, None),
        (3, Y.astype(str), None),
    ],
)
def test_when_answers_are_classes_of_steps(outputs, answers, classes):
    assert classes_of_steps(linear(outputs), X, answers) == classes


@pytest.mark.parametrize("answers", [Y, np.where(Y == 2, -1, Y)])
def test_a_class_without_an_output_is_refused(answers):
    words = rf"classes from 0 to 1 for each step.*got classes from {answers.min()} to "
    with pytest.raises(DataError, match=words):
        cr.fit(linear(2), (X, answers), epochs=1)


def test_one_hot_rows_are_refused_as_ever():
    rows = np.eye(3, dtype=int)[Y[:, 0]]
    with pytest.raises(ChainruleError, match=r"turn one-hot rows into classes"):
        cr.fit(nn.mlp(2, (), 3), (X[:, 0], rows), loss="cross_entropy")
