"""Reports of a training: the scores on each part of the data, and the keys that programs read."""

from __future__ import annotations

import json

import numpy as np
import pytest

from chainrule import nn
from chainrule.train.data.arrays import from_arrays
from chainrule.train.loop.session import Session
from chainrule.train.loop.training_report import Score, score
from chainrule.train.optimizers import SGD
from chainrule.train.options import TrainingOptions

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 2))
CLASSES = (X[:, 0] > 0).astype(int)


def trained(y, loss=None, test=0.2, validation=0.2, outputs=2, task=None):
    dataset = from_arrays(X, y, test_fraction=test, validation_fraction=validation, task=task)
    session = Session(
        nn.mlp(2, (), outputs), dataset, TrainingOptions(optimizer=SGD(0.5)), loss=loss
    )
    history = []
    session.loop.run(3)
    return session, session.report(history, "somewhere")


def test_classification_part_by_part():
    session, report = trained(CLASSES)
    for part, found in (
        (session.dataset.train, report.train),
        (session.dataset.validation, report.validation),
        (session.dataset.test, report.test),
    ):
        z = session.stepper.predict(part.x)
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(found.loss, -np.log(p[np.arange(len(z)), part.y]).mean())
        assert found.metric == np.mean(z.argmax(axis=1) == part.y)
    counts = np.array(report.confusion.counts)
    assert counts.sum() == len(session.dataset.test) == 8
    assert np.trace(counts) / 8 == report.test.metric


def test_regression_part_by_part():
    y = X @ [1.0, 2.0] + 0.1 * RNG.normal(size=40)
    session, report = trained(y, outputs=1)
    part = session.dataset.test
    z = session.stepper.predict(part.x)
    np.testing.assert_allclose(report.test.loss, np.mean((z - part.y) ** 2))
    spread = np.sum((part.y - part.y.mean()) ** 2)
    np.testing.assert_allclose(report.test.metric, 1 - np.sum((z - part.y) ** 2) / spread)
    assert report.confusion is None
    np.testing.assert_allclose(report.residuals.greatest, (part.y - z).max())


def test_binary_answers():
    session, report = trained(CLASSES, loss="binary_cross_entropy", outputs=1, task="regression")
    assert report.metric == "accuracy"
    for part, found in ((session.dataset.train, report.train), (session.dataset.test, report.test)):
        z = session.stepper.predict(part.x)
        assert found.metric == np.mean((z > 0) == (part.y > 0.5))
    assert report.residuals is None
    assert report.confusion is None


CONTRACT = {
    "dataset", "rows", "task", "epochs", "train_loss", "validation_loss", "test_loss", "seconds",
    "samples_per_second", "run",
}  # fmt: skip


@pytest.mark.parametrize(("y", "metric"), [(CLASSES, "accuracy"), (X[:, 0], "r2")])
def test_keys_that_programs_rely_on(y, metric):
    _, report = trained(y, outputs=2 if metric == "accuracy" else 1)
    entries = report.to_dict()
    assert set(entries) >= CONTRACT | {f"test_{metric}"}
    assert json.loads(json.dumps(entries)) == entries
    assert (entries["dataset"], entries["rows"], entries["epochs"]) == ("arrays", 40, 3)
    assert entries["run"] == "somewhere"
    assert entries["test_loss"] == report.test.loss
    assert entries[f"test_{metric}"] == report.test.metric
    assert entries["samples_per_second"] > 0


def test_empty_parts():
    session, report = trained(CLASSES, test=0.0)
    assert report.test is None
    assert report.to_dict()["test_accuracy"] is None
    assert np.sum(report.confusion.counts) == len(session.dataset.validation)
    session, report = trained(CLASSES, test=0.0, validation=0.0)
    assert report.validation is None
    assert np.sum(report.confusion.counts) == 40
    assert score(session.stepper, session.dataset.test, "accuracy") is None


def test_equal_scores_compare_equal():
    assert Score(1.0, 0.5) == Score(1.0, 0.5)
