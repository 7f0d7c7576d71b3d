"""The network beside a baseline and a linear model, on the same rows."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn import metrics
from sklearn.dummy import DummyClassifier, DummyRegressor

from chainrule.train.data.arrays import from_arrays
from chainrule.train.evaluation import evaluate
from chainrule.train.evaluation.number_scores import number_scores

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 3))


def of_classes(classes=3, test=0.3, validation=0.1, y=None):
    names = np.array(["ant", "bee", "cow"])[:classes]
    y = names[np.digitize(X[:, 0], [-0.2, 1][: classes - 1])] if y is None else y
    return from_arrays(X, y, test_fraction=test, validation_fraction=validation)


def network(x):
    return np.stack([-2 * x[:, 0], 0 * x[:, 0], 2 * x[:, 0] - 1], axis=1)


def test_baseline_of_classes():
    data = of_classes()
    found = evaluate(data, network)
    dummy = DummyClassifier(strategy="prior").fit(data.train.x, data.train.y)
    p, y = dummy.predict_proba(data.test.x), data.test.y
    majority = found.scores["majority"]
    np.testing.assert_allclose(majority.log_loss, metrics.log_loss(y, p))
    np.testing.assert_allclose(majority.accuracy, dummy.score(data.test.x, y))
    np.testing.assert_allclose(majority.brier, metrics.brier_score_loss(y, p))
    assert majority.auc == 0.5
    assert found.majority == "ant" == data.encoder.target.classes[dummy.predict(X[:1])[0]]
    assert (found.part, found.rows, found.positive, found.absent) == ("test", 90, None, ())
    assert [*found.scores] == ["majority", "linear", "network"]


def test_improvements_are_differences_of_scores():
    data = of_classes()
    found = evaluate(data, network)
    for name in ("majority", "linear"):
        over, mine, other = found.improvements[name], found.scores["network"], found.scores[name]
        np.testing.assert_allclose(over["accuracy"].value, mine.accuracy - other.accuracy)
        np.testing.assert_allclose(over["log_loss"].value, other.log_loss - mine.log_loss)
    assert found.improvements["majority"]["accuracy"].clear


def test_numbers():
    y = 100 + 20 * X @ [1.0, 2.0, 0.0] + RNG.normal(size=300)
    data = from_arrays(X, y, test_fraction=0.3)
    found = evaluate(data, lambda x: 100 + 20 * x @ np.array([[1.0], [2.0], [0.1]]))
    true = data.test.y
    dummy = DummyRegressor().fit(data.train.x, data.train.y).predict(data.test.x)
    assert [*found.scores] == ["mean", "linear", "network"]
    mean = found.scores["mean"]
    np.testing.assert_allclose(mean.r2, metrics.r2_score(true, dummy))
    np.testing.assert_allclose(mean.rmse, metrics.root_mean_squared_error(true, dummy))
    np.testing.assert_allclose(mean.mae, metrics.mean_absolute_error(true, dummy))
    for name in ("mean", "linear"):
        difference = found.scores["network"].r2 - found.scores[name].r2
        np.testing.assert_allclose(found.improvements[name]["r2"].value, difference)
    assert found.improvements["mean"]["r2"].clear
    assert found.improvements["linear"]["r2"].clearly_negative  # its third weight is 2 too large


@pytest.mark.parametrize(
    ("test", "validation", "part", "rows"),
    [(0.2, 0.1, "test", 60), (0.0, 0.1, "validation", 30), (0.0, 0.0, "training", 300)],
)
def test_the_rows_that_are_judged(test, validation, part, rows):
    found = evaluate(of_classes(2, test, validation), lambda x: network(x)[:, :2])
    assert (found.part, found.rows, found.positive) == (part, rows, "bee")


def test_json_has_no_nan():
    y = np.full(300, "ant")
    y[[3, 5]] = "bee"  # both are training rows
    data = of_classes(2, test=0.02, validation=0.0, y=y)
    only = evaluate(data, lambda x: network(x)[:, :2])
    entries = only.to_dict()
    assert json.loads(json.dumps(entries, allow_nan=False)) == entries
    assert only.scores["network"].auc is None or only.absent == ()
    single = evaluate(from_arrays(X, X[:, 0], test_fraction=0.003), lambda x: x[:, :1])
    entries = single.to_dict()
    assert entries["rows"] == 1
    assert entries["scores"]["network"] == {"r2": None, "rmse": 0.0, "mae": 0.0}
    assert entries["improvements"] == {"mean": {"r2": None}, "linear": {"r2": None}}
    json.dumps(entries, allow_nan=False)


def test_class_weights_reach_the_linear_model():
    y = np.where(X[:, 0] + RNG.normal(size=300) > 1.5, "yes", "no")
    data = from_arrays(X, y, test_fraction=0.3)
    plain, weighted = (
        evaluate(data, lambda x: network(x)[:, :2], class_weights=weights)
        for weights in (None, np.array([0.5, 3.0]))
    )
    assert weighted.scores["linear"] != plain.scores["linear"]
    assert weighted.scores["majority"] == plain.scores["majority"]
    assert weighted.scores["network"] == plain.scores["network"]


def test_scores_beyond_the_range_of_floats():
    found = number_scores(np.array([[1e200], [0.0]]), np.array([[-1e200], [0.0]]))
    assert found.rmse is None
    assert found.mae == 1e200
