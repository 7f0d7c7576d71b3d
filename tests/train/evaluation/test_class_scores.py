"""AUC, F1, log loss, Brier score and calibration, compared with scikit-learn's functions."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from chainrule.train.evaluation import ranking
from chainrule.train.evaluation.calibration import BINS, brier_score, calibration
from chainrule.train.evaluation.class_scores import class_scores, f1_score, log_softmax
from chainrule.train.evaluation.ranking import auc, macro_auc


def drawn(classes: int, rows: int = 200, ties: bool = False, seed: int = 0):
    """Labels and log probabilities that know something about them."""
    rng = np.random.default_rng([classes, seed])
    labels = rng.integers(classes, size=rows)
    z = rng.normal(size=(rows, classes)) * 2
    z[np.arange(rows), labels] += 1
    return labels, log_softmax(np.round(z / 2) * 2 if ties else z)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("classes", [2, 3, 7])
def test_every_score(classes, ties):
    labels, logs = drawn(classes, ties=ties)
    p = np.exp(logs)
    p /= p.sum(axis=1, keepdims=True)
    found = class_scores(labels, logs)
    assert found.accuracy == metrics.accuracy_score(labels, p.argmax(axis=1))
    np.testing.assert_allclose(found.log_loss, metrics.log_loss(labels, p))
    np.testing.assert_allclose(
        found.brier, metrics.brier_score_loss(labels, p[:, 1] if classes == 2 else p)
    )
    if classes == 2:
        expected = metrics.roc_auc_score(labels, p[:, 1])
        f1 = metrics.f1_score(labels, p.argmax(axis=1))
    else:
        rounded = p.round(12)  # equal logits give equal probabilities but for the last bit
        each = [metrics.roc_auc_score(labels == k, rounded[:, k]) for k in range(classes)]
        expected = np.mean(each)
        if not ties:
            whole = metrics.roc_auc_score(labels, p, multi_class="ovr", average="macro")
            np.testing.assert_allclose(expected, whole)
        f1 = metrics.f1_score(labels, p.argmax(axis=1), average="macro")
    np.testing.assert_allclose(found.auc, expected, atol=0 if not ties else 2e-3)
    np.testing.assert_allclose(found.f1, f1)


def test_auc_with_ties_counts_pairs():
    rng = np.random.default_rng(1)
    positive, scores = rng.random(60) < 0.3, rng.integers(5, size=60).astype(float)
    p, q = scores[positive][:, None], scores[~positive][None]
    pairs = (p > q).mean() + 0.5 * (p == q).mean()
    np.testing.assert_allclose(auc(positive, scores), pairs)
    np.testing.assert_allclose(auc(positive, scores), metrics.roc_auc_score(positive, scores))
    assert auc(positive, np.zeros(60)) == 0.5


def test_classes_without_rows_are_left_out_of_the_mean():
    labels, logs = drawn(4)
    kept = labels != 2
    labels, logs = labels[kept], logs[kept]
    each = [metrics.roc_auc_score(labels == k, logs[:, k]) for k in (0, 1, 3)]
    np.testing.assert_allclose(macro_auc(labels, logs), np.mean(each))
    predicted = logs.argmax(axis=1)
    expected = metrics.f1_score(labels, predicted, average="macro")  # 2 is predicted
    np.testing.assert_allclose(f1_score(labels, predicted, 4), expected)
    never = np.where(predicted == 2, 0, predicted)
    expected = metrics.f1_score(labels, never, average="macro", labels=[0, 1, 3])
    np.testing.assert_allclose(f1_score(labels, never, 4), expected)


def test_one_class_only_is_not_defined():
    logs = log_softmax(np.array([[1.0, 0.0], [2.0, 0.0], [0.5, 0.0]]))
    found = class_scores(np.zeros(3, int), logs)
    assert (found.accuracy, found.auc, found.f1) == (1.0, None, None)
    assert class_scores(np.ones(3, int), logs).f1 == 0.0
    assert macro_auc(np.zeros(3, int), np.ones((3, 5))) is None


def test_a_class_held_to_be_impossible_has_no_log_loss():
    with np.errstate(divide="ignore"):
        logs = np.log(np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]]))
    found = class_scores(np.array([0, 2]), logs)
    assert found.log_loss is None
    assert found.accuracy == 0.5
    np.testing.assert_allclose(found.brier, (0 + 0.25 + 0.25 + 1) / 2)


def test_auc_of_too_many_scores(monkeypatch):
    labels, logs = drawn(3)
    monkeypatch.setattr(ranking, "LARGEST", logs.size)
    assert macro_auc(labels, logs) is not None
    monkeypatch.setattr(ranking, "LARGEST", logs.size - 1)
    assert macro_auc(labels, logs) is None


@pytest.mark.parametrize("classes", [2, 6])
def test_calibration_bins(classes):
    labels, logs = drawn(classes, rows=500)
    p = np.exp(logs)
    right, confidence = p.argmax(axis=1) == labels, p.max(axis=1)
    found = calibration(labels, p)
    accuracy, mean = calibration_curve(right, confidence, n_bins=BINS)
    np.testing.assert_allclose(found.accuracy, accuracy)
    np.testing.assert_allclose(found.confidence, mean)
    counts, _ = np.histogram(confidence, np.linspace(0, 1, BINS + 1))
    assert found.rows == tuple(counts[counts > 0])
    gaps = np.abs(accuracy - mean) * counts[counts > 0] / 500
    np.testing.assert_allclose(found.error, gaps.sum())


def test_a_confidence_on_a_border_belongs_to_the_lower_bin():
    p = np.linspace(0, 1, BINS + 1)[12:14]  # both borders of a bin
    labels = np.array([0, 1])
    found = calibration(labels, np.stack([p, 1 - p], axis=1))
    accuracy, mean = calibration_curve(labels == 0, p, n_bins=BINS)
    assert (found.accuracy, found.confidence) == (tuple(accuracy), tuple(mean))
    assert found.rows == (1, 1)


def test_confidence_of_one_is_in_the_last_bin():
    found = calibration(np.array([0, 1]), np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert (found.confidence, found.accuracy, found.rows) == ((1.0,), (1.0,), (2,))
    assert found.error == 0.0


def test_brier_score_of_certain_predictions():
    assert brier_score(np.array([0, 1, 1]), np.eye(3)[[0, 1, 2]]) == pytest.approx(2 / 3)


def test_log_softmax_of_extreme_logits():
    found = log_softmax(np.array([[3e38, -3e38], [0.0, 0.0]], np.float32))
    assert found.dtype == np.float64
    assert found[0, 0] == 0.0
    assert np.isfinite(found[0, 1])
    np.testing.assert_allclose(found[1], np.log(0.5))
