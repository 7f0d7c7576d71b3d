"""Ridge and logistic regression, compared with scikit-learn's at the same penalty."""

from __future__ import annotations

import warnings
from collections import Counter

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.linear_model import LogisticRegression, Ridge

from chainrule.train.data.arrays import from_arrays
from chainrule.train.evaluation.class_scores import log_softmax
from chainrule.train.evaluation.linear import linear_model
from chainrule.train.evaluation.linear.encoded_rows import EncodedRows
from chainrule.train.evaluation.linear.features import narrow
from chainrule.train.evaluation.linear.levels import MOST_LEVELS, Levels
from chainrule.train.evaluation.linear.linear_model import fit_linear_model, most_rows
from chainrule.train.evaluation.linear.logistic import fit_logistic
from chainrule.train.evaluation.linear.minimise import minimise
from chainrule.train.evaluation.linear.ridge import fit_ridge, mean_of_columns

RNG = np.random.default_rng(0)


def standardised(x):
    scale = x.std(axis=0)
    return (x - x.mean(axis=0)) / np.where(scale, scale, 1)


def sklearn_logits(x, y, weights=None):
    model = LogisticRegression(tol=1e-10, max_iter=10_000).fit(x, y, sample_weight=weights)
    z = model.decision_function(x)
    return np.stack([0 * z, z], axis=1) if z.ndim == 1 else z


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer, load_digits])
def test_logistic_regression_of_real_data(load):
    x, y = load(return_X_y=True)
    x = standardised(x)
    weights, bias, converged = fit_logistic(x, y, y.max() + 1, tolerance=1e-7)
    assert converged
    expected = log_softmax(sklearn_logits(x, y))
    np.testing.assert_allclose(log_softmax(x @ weights + bias), expected, atol=3e-3)
    weights, bias, converged = fit_logistic(x, y, y.max() + 1)  # as the report does
    assert converged
    found = log_softmax(x @ weights + bias)
    rows = np.arange(len(y))
    np.testing.assert_allclose(-found[rows, y].mean(), -expected[rows, y].mean(), atol=1e-3)
    assert np.mean(found.argmax(axis=1) == expected.argmax(axis=1)) > 0.997


@pytest.mark.parametrize("classes", [2, 3])
def test_weighted_rows(classes):
    x = RNG.normal(size=(90, 4))
    y = np.digitize(x[:, 0] + RNG.normal(size=90), [0.0, 1.0][: classes - 1])
    weights = RNG.random(90) + 0.1
    w, b, _ = fit_logistic(x, y, classes, weights, tolerance=1e-9)
    expected = log_softmax(sklearn_logits(x, y, weights))
    np.testing.assert_allclose(log_softmax(x @ w + b), expected, atol=1e-4)


def test_a_class_without_rows():
    x, y = RNG.normal(size=(60, 2)), RNG.integers(2, size=60)
    w, b, _ = fit_logistic(x, y, 4)
    assert np.isfinite(w).all()
    assert np.exp(log_softmax(x @ w + b))[:, 2:].max() < 0.01


def test_steps_are_bounded():
    x, y = standardised(load_digits().data), load_digits().target
    at, reached = minimise(
        lambda w: (float((w**2).sum()), 2 * w),
        np.ones(3),
        first_step=1e-3,
        tolerance=0.0,
        most_steps=1,
    )
    assert not reached
    assert (np.abs(at) < 1).all()
    assert not fit_logistic(x, y, 10, tolerance=0.0)[2]


@pytest.mark.parametrize(("rows", "inputs"), [(80, 5), (20, 60), (5000, 2)])
@pytest.mark.parametrize("outputs", [1, 3])
def test_ridge_regression(rows, inputs, outputs):
    x, y = RNG.normal(size=(rows, inputs)) + 1, RNG.normal(size=(rows, outputs)) + 2
    features, to_inputs = narrow(x)
    weights, bias = fit_ridge(features, y)
    expected = Ridge(alpha=1.0).fit(x, y)
    np.testing.assert_allclose(to_inputs(weights).T, expected.coef_.reshape(outputs, -1), atol=1e-7)
    np.testing.assert_allclose(bias, expected.intercept_, atol=1e-7)


def test_equal_and_constant_rows_and_columns():
    x = np.repeat(RNG.normal(size=(6, 40)), 2, axis=0)
    x[:, 3], x[:, 5] = 0, x[:, 4]
    y = np.repeat([0, 1, 1, 0, 1, 0], 2)
    features, to_inputs = narrow(x)
    assert features.shape == (12, 12)
    w, b, _ = fit_logistic(features, y, 2, tolerance=1e-9)
    expected = log_softmax(sklearn_logits(x, y))
    np.testing.assert_allclose(log_softmax(x @ to_inputs(w) + b), expected, atol=1e-4)
    features, to_inputs = narrow(np.zeros((3, 7)))
    assert not to_inputs(fit_ridge(features, np.ones((3, 1)))[0]).any()


def dataset(classes: bool, rows: int = 400):
    x = RNG.normal(size=(rows, 6))
    y = x @ [1, 2, 0, 0, -1, 0.5] + 0.1 * RNG.normal(size=rows)
    return from_arrays(x, np.digitize(y, [-1, 1]) if classes else y, test_fraction=0.25)


@pytest.mark.parametrize("classes", [True, False])
def test_only_training_rows_are_fitted(classes):
    data = dataset(classes)
    model = fit_linear_model(data)
    assert (model.rows, model.converged) == (300, True)
    x, y = data.train.x, data.train.y
    if classes:
        sk = LogisticRegression(tol=1e-10, max_iter=10_000).fit(x, y)
        expected = sk.predict_log_proba(data.test.x)
        np.testing.assert_allclose(log_softmax(model.outputs(data.test.x)), expected, atol=0.02)
    else:
        expected = Ridge().fit(x, y).predict(data.test.x)
        np.testing.assert_allclose(model.outputs(data.test.x)[:, 0], expected.ravel())


@pytest.mark.parametrize("classes", [True, False])
def test_a_part_of_many_rows_is_drawn_by_the_seed(classes, monkeypatch):
    monkeypatch.setattr(linear_model, "LARGEST", 50 * (6 + 4 * (3 if classes else 1)))
    data = dataset(classes)
    one, again, other = (fit_linear_model(data, seed=seed) for seed in (1, 1, 2))
    assert 50 <= one.rows <= 53
    np.testing.assert_array_equal(one.weights, again.weights)
    assert not np.array_equal(one.weights, other.weights)
    right = np.corrcoef(one.outputs(data.test.x)[:, -1], data.test.y.ravel())[0, 1]
    assert right > 0.8


def test_every_class_is_drawn(monkeypatch):
    monkeypatch.setattr(linear_model, "MOST_PRODUCTS", 6 * 3 * 40)
    x = RNG.normal(size=(3000, 6))
    y = np.zeros(3000, int)
    y[17], y[1200:1203] = 1, 2
    seen = []
    fit = linear_model.fit_logistic

    def recording(x, labels, *given):
        seen.extend(labels.tolist())
        return fit(x, labels, *given)

    monkeypatch.setattr(linear_model, "fit_logistic", recording)
    model = fit_linear_model(from_arrays(x, y))
    assert {*seen} == {0, 1, 2}
    assert 40 <= model.rows <= 43
    assert model.weights.shape == (6, 3)


@pytest.mark.parametrize("numbers", [1000, 10**7, 10**9])
@pytest.mark.parametrize("outputs", [1, 10, 1000])
@pytest.mark.parametrize("inputs", [1, 60, 5_000, 1_000_000])
def test_memory_and_time_of_the_fit_are_bounded(inputs, outputs, numbers):
    n = most_rows(inputs, outputs, numbers)
    assert n >= 1
    if n >= inputs:
        held = n * (inputs + 4 * outputs)
        assert held <= linear_model.LARGEST
        assert held <= max(linear_model.SMALL, numbers / 2)
        assert n * inputs * outputs <= linear_model.MOST_PRODUCTS
    else:
        assert n * n * inputs <= 200 * linear_model.MOST_PRODUCTS


@pytest.mark.parametrize("classes", [True, False])
def test_codes_are_levels_and_no_numbers(classes):
    rng = np.random.default_rng(4)
    codes = rng.integers(300, size=2000) ** 2 // 300  # low ones are common
    effect = rng.normal(size=300) * 3
    x = np.stack([rng.normal(size=2000), codes, rng.normal(size=2000)], axis=1)
    y = x[:, 0] + effect[codes]
    data = from_arrays(x, (y > 0).astype(int) if classes else y, test_fraction=0.25)
    model = fit_linear_model(data, codes=[1])
    train, test = data.train.x, data.test.x
    commonest = Counter(train[:, 1].tolist()).most_common(MOST_LEVELS)
    fewest = commonest[-1][1]
    chosen = model.levels.columns[1]
    counts = Counter(train[:, 1].tolist())
    assert len({*chosen}) == MOST_LEVELS
    assert all(counts[code] >= fewest for code in chosen)

    def one_hot(rows):
        return np.concatenate([rows[:, [0, 2]], rows[:, [1]] == np.array(chosen)], axis=1)

    if classes:
        sk = LogisticRegression(tol=1e-10, max_iter=10_000).fit(one_hot(train), data.train.y)
        expected = sk.predict_log_proba(one_hot(test))
        np.testing.assert_allclose(log_softmax(model.outputs(test)), expected, atol=0.02)
    else:
        expected = Ridge().fit(one_hot(train), data.train.y).predict(one_hot(test))
        np.testing.assert_allclose(model.outputs(test)[:, 0], expected.ravel())


def test_numbers_beyond_float32_do_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = np.array([[1e30], [-1e30], [1e30], [-1e30]], np.float32)
        w, b, _ = fit_logistic(narrow(x)[0], np.array([0, 1, 0, 1]), 2)
    assert np.isfinite(w).all()
    assert np.isfinite(b).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("inputs", [1, 2, 3, 17])
@pytest.mark.parametrize("drawn", [True, False])
def test_rows_encoded_some_at_a_time_give_the_same_bits_as_all_at_once(drawn, inputs, dtype):
    rng = np.random.default_rng(inputs)
    x = (rng.normal(size=(20_000, inputs)) * 10.0 ** rng.integers(-3, 4, inputs)).astype(dtype)
    x[:, -1] = rng.integers(300, size=len(x))
    levels = Levels.of(x, [inputs - 1])
    rows = np.flatnonzero(rng.random(len(x)) < 0.7) if drawn else None
    some = EncodedRows(x, rows, levels)
    every = levels.encode(x if rows is None else x[rows]).astype(np.float64)
    assert some.shape == every.shape
    np.testing.assert_array_equal(some.array(), every)
    np.testing.assert_array_equal(mean_of_columns(some), every.mean(axis=0))
    y = rng.normal(size=(len(every), 2))
    for found, expected in zip(fit_ridge(some, y), fit_ridge(every, y), strict=True):
        np.testing.assert_array_equal(found, expected)
