"""Class weights: against a weighted loss in NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

import chainrule as cr
from chainrule import nn
from chainrule.errors import OptionError, UnknownNameError
from chainrule.train.data.arrays import from_arrays
from chainrule.train.data.class_weights import compute_class_weights
from chainrule.train.loop.session import Session
from chainrule.train.optimizers import SGD
from chainrule.train.options import RunOptions, TrainingOptions
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.training_run import TrainingRun
from train.run_cases import on, write_csv

RNG = np.random.default_rng(3)
X = RNG.normal(size=(60, 4))
LABELS = np.repeat([0, 1, 2], [40, 15, 5])
CLASSES = ("a", "b", "c")


def test_balanced():
    found = compute_class_weights("balanced", LABELS, CLASSES)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)
    np.testing.assert_allclose(found, expected)
    np.testing.assert_allclose(found * np.bincount(LABELS), 20)


def test_a_class_without_rows():
    assert compute_class_weights("balanced", np.array([0, 0, 2, 2]), CLASSES).tolist() == [1, 1, 1]


def test_weights_in_order_and_by_class_name():
    assert compute_class_weights([1, 2.5, 3], LABELS, CLASSES).tolist() == [1, 2.5, 3]
    assert compute_class_weights({"c": 4}, LABELS, CLASSES).tolist() == [1, 1, 4]


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize("weights", ["balanced", (1.0, 2.0, 0.5)])
def test_training_uses_the_weighted_loss(weights, engine: str):
    """Σ w_y·l / Σ w_y in both parts, and its gradient in the step."""
    dataset = from_arrays(X, LABELS, validation_fraction=0.3)
    model = nn.mlp(4, (), 3, seed=1)
    w, b = (tensor.value.copy() for tensor in model.parameters().values())
    session = Session(
        model,
        dataset,
        TrainingOptions(
            optimizer=SGD(0.5), class_weights=weights, batch_size="full", engine=engine
        ),
    )
    counts = np.bincount(dataset.train.y)
    of_class = counts.sum() / (3 * counts) if weights == "balanced" else np.array(weights)

    def loss(part):
        z = part.x @ w.T + b
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        share = of_class[part.y] / of_class[part.y].sum()
        value = -(share * np.log(p[np.arange(len(p)), part.y])).sum()
        return value, share[:, None] * (p - np.eye(3)[part.y])

    for _ in range(4):
        value, dz = loss(dataset.train)
        losses = session.stepper.run([np.arange(len(dataset.train))], 0.5)
        np.testing.assert_allclose(losses[0], value, rtol=1e-12)
        w, b = w - 0.5 * dz.T @ dataset.train.x, b - 0.5 * dz.sum(axis=0)
        np.testing.assert_allclose(session.stepper.parameters[:12], w.ravel(), rtol=1e-10)
        validation = session.stepper.loss(dataset.validation.x, dataset.validation.y)
        np.testing.assert_allclose(validation, loss(dataset.validation)[0], rtol=1e-12)


def test_balanced_weights_find_more_of_the_rare_class():
    x = np.concatenate([RNG.normal(0, 1, (190, 1)), RNG.normal(1, 1, (10, 1))])
    y = np.repeat([0, 1], [190, 10])

    def found(**options):
        return cr.fit(nn.mlp(1, (), 2), (x, y), epochs=60, learning_rate=0.05, **options)

    plain, weighted = found(), found(class_weights="balanced")
    assert plain.report.confusion
    assert weighted.report.confusion
    assert weighted.report.confusion.recall[1] > plain.report.confusion.recall[1] + 0.3


@pytest.mark.parametrize("weights", ["balanced", (3.0, 1.0), {"bad": 2.0}])
def test_a_resumed_run_keeps_its_class_weights(tmp_path: Path, weights):
    csv = write_csv(tmp_path / "things.csv")
    options = on(csv, RunOptions(layers=(), epochs=2, class_weights=weights))
    with TrainingRun.start(options, tmp_path / "run") as training:
        training.train()
    config = RunFolder.read(tmp_path / "run").config
    assert RunOptions.from_tables(config).class_weights == weights
    with TrainingRun.resume(tmp_path / "run", 4) as training:
        assert training.options.class_weights == weights
        assert training.train()


@pytest.mark.parametrize(
    ("weights", "error", "words"),
    [
        ("equal", UnknownNameError, "expected one of balanced, got 'equal'"),
        ({"d": 1}, UnknownNameError, "expected one of a, b, c, got 'd'"),
        ([1, 2], OptionError, r"one for each of 3 classes \(a, b, c\), got 2"),
        ([1, 2, 0], OptionError, "numbers above 0, got 0"),
        ([1, 2, np.inf], OptionError, "numbers above 0"),
        ([1, 2, True], OptionError, "numbers above 0"),
        ({"a": "x"}, OptionError, "numbers above 0"),
    ],
)
def test_weights_that_are_refused(weights, error: type[Exception], words: str):
    with pytest.raises(error, match=words):
        compute_class_weights(weights, LABELS, CLASSES)


@pytest.mark.parametrize(
    ("y", "options"),
    [(X[:, 0], {}), (LABELS[:, None] % 2, {"loss": "binary_cross_entropy"})],
)
def test_only_cross_entropy_takes_class_weights(y, options):
    with pytest.raises(OptionError, match="class weights: expected classes, learnt with cross"):
        cr.fit(nn.mlp(4, (), 1), (X, y), class_weights="balanced", **options)
