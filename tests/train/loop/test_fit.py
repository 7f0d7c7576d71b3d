"""`fit` on arrays, against a training loop in NumPy; what it takes and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import DataError, OptionError, ShapeError, TrainingError, UnknownNameError
from chainrule.train.data import arrays
from chainrule.train.data.arrays import from_arrays
from chainrule.train.data.batches import epoch_order
from chainrule.train.data.table import Column
from chainrule.train.optimizers import SGD, Adam
from chainrule.train.steps.reference_stepper import ReferenceStepper

RNG = np.random.default_rng(4)
X = RNG.normal(size=(50, 3))
NUMBERS = X @ [1.0, -2.0, 0.5] + 0.3
CLASSES = (NUMBERS > 0.3).astype(int) + (NUMBERS > 1.5)


def by_hand(model, x, y, batch, epochs, rate, seed):
    """3 → 4 tanh → 2 with mean squared error, by the textbook; the losses of every epoch."""
    w1, b1, w2, b2 = (tensor.value.copy() for tensor in model.parameters().values())
    history = []
    for epoch in range(1, epochs + 1):
        order, total = epoch_order(len(x), seed, epoch), 0.0
        for first in range(0, len(x), batch):
            rows = order[first : first + batch]
            a = np.tanh(x[rows] @ w1.T + b1)
            error = a @ w2.T + b2 - y[rows]
            total += float(np.mean(error**2)) * len(rows)
            d2 = 2 * error / error.size
            d1 = (d2 @ w2) * (1 - a**2)
            w2, b2 = w2 - rate * d2.T @ a, b2 - rate * d2.sum(0)
            w1, b1 = w1 - rate * d1.T @ x[rows], b1 - rate * d1.sum(0)
        history.append(total / len(x))
    return history, (w1, b1, w2, b2)


@pytest.mark.parametrize("batch", [1, 8, "full"])
def test_a_loop_in_numpy_gives_the_same_history(batch):
    y = np.stack([NUMBERS, np.sin(NUMBERS)], axis=1)
    model = nn.mlp(3, (4,), 2, activation="tanh", seed=1)
    size = 50 if batch == "full" else batch
    losses, parameters = by_hand(model, X, y, size, 6, 0.05, seed=9)
    fitted = cr.fit(
        model, (X, y), optimizer=SGD(0.05), batch_size=batch, epochs=6, seed=9, loss="mse"
    )
    np.testing.assert_allclose([r.train_loss for r in fitted.history], losses, rtol=1e-10)
    for tensor, expected in zip(model.parameters().values(), parameters, strict=True):
        np.testing.assert_allclose(tensor.value, expected, rtol=1e-9, atol=1e-12)
    assert fitted.model is model
    assert [r.step for r in fitted.history] == [e * -(-50 // size) for e in range(1, 7)]


def test_classification():
    seen = []
    fitted = cr.fit(
        nn.mlp(3, (8,), 3, seed=0),
        (X, CLASSES),
        learning_rate=0.02,
        epochs=80,
        test_fraction=0.2,
        validation_fraction=0.2,
        on_epoch=seen.append,
    )
    report = fitted.report
    assert (report.task, report.metric, report.rows, report.epochs) == (
        "classification",
        "accuracy",
        50,
        80,
    )
    assert report.train.metric > 0.9
    assert report.test
    assert report.validation
    assert report.confusion
    assert sum(map(sum, report.confusion.counts)) == 10
    assert report.residuals is None
    assert tuple(seen) == fitted.history
    logits = fitted.model(X[:5]).value
    assert logits.shape == (5, 3)


def test_text_labels():
    names = np.array(["low", "middle", "high"])[CLASSES]
    fitted = cr.fit(nn.mlp(3, (), 3), (X, names), epochs=1)
    assert fitted.report.confusion.classes == ("high", "low", "middle")


def test_regression():
    fitted = cr.fit(nn.mlp(3, (), 1), (X, NUMBERS), optimizer="sgd", learning_rate=0.1, epochs=60)
    assert fitted.report.metric == "r2"
    assert fitted.report.train.metric > 0.999
    weight = fitted.model.parameters()["layers.0.weight"].value
    np.testing.assert_allclose(weight, [[1.0, -2.0, 0.5]], atol=1e-3)
    assert fitted.report.residuals.root_mean_square < 1e-2


@pytest.mark.parametrize("target", [(CLASSES > 0) * 1, ((CLASSES > 0) * 1.0)[:, None]])
def test_binary_cross_entropy_reports_accuracy(target):
    fitted = cr.fit(
        nn.mlp(3, (), 1), (X, target), loss="binary_cross_entropy", learning_rate=0.1, epochs=60
    )
    logits = fitted.model(X).value[:, 0]
    truth = target.reshape(-1) > 0
    expected = np.mean(np.log1p(np.exp(-np.where(truth, logits, -logits))))
    np.testing.assert_allclose(fitted.report.train.loss, expected, rtol=1e-9)
    assert fitted.report.metric == "accuracy"
    assert fitted.report.train.metric == np.mean((logits > 0) == truth) > 0.9


def test_half_squared_error_of_many_outputs():
    y = np.stack([NUMBERS, -NUMBERS], axis=1)
    fitted = cr.fit(nn.mlp(3, (), 2), (X, y), loss="half_squared_error", epochs=3)
    error = fitted.model(X).value - y
    np.testing.assert_allclose(fitted.report.train.loss, np.mean((error**2).sum(1)) / 2, rtol=1e-9)


def test_a_user_defined_loss():
    def absolute(output, target):
        return cr.mean(cr.abs(output - target))

    fitted = cr.fit(nn.mlp(3, (), 1), (X, NUMBERS), loss=absolute, epochs=200, learning_rate=0.02)
    error = np.abs(fitted.model(X).value[:, 0] - NUMBERS).mean()
    np.testing.assert_allclose(fitted.report.train.loss, error, rtol=1e-9)
    assert error < 0.1


def test_a_given_data_set_is_used_unchanged():
    dataset = from_arrays(X, CLASSES, test_fraction=0.4)
    report = cr.fit(nn.mlp(3, (), 3), dataset, epochs=2).report
    assert report.rows == 50
    assert sum(map(sum, report.confusion.counts)) == 20


def test_a_learning_rate_replaces_that_of_the_optimizer():
    models = [nn.mlp(3, (), 1) for _ in range(2)]
    cr.fit(models[0], (X, NUMBERS), optimizer=Adam(0.5), learning_rate=0.01, epochs=2)
    cr.fit(models[1], (X, NUMBERS), optimizer=Adam(0.01), epochs=2)
    values = [model.parameters()["layers.0.weight"].value for model in models]
    np.testing.assert_array_equal(*values)


def test_float32_throughout():
    model = nn.mlp(3, (4,), 1, dtype=np.float32)
    cr.fit(model, (X, NUMBERS), epochs=2)
    assert {t.value.dtype for t in model.parameters().values()} == {np.dtype(np.float32)}


def test_an_interrupted_model_keeps_what_it_learned():
    def fail(record):
        if record.epoch == 3:
            raise KeyboardInterrupt

    models = [nn.mlp(3, (4,), 1, seed=5) for _ in range(2)]
    with pytest.raises(KeyboardInterrupt):
        cr.fit(models[0], (X, NUMBERS), epochs=9, on_epoch=fail)
    cr.fit(models[1], (X, NUMBERS), epochs=3)
    for one, other in zip(*(m.parameters().values() for m in models), strict=True):
        np.testing.assert_array_equal(one.value, other.value)


def test_a_loss_that_diverges():
    with pytest.raises(TrainingError, match=r"^training step \d+: expected a finite .*, got ") as e:
        cr.fit(nn.mlp(3, (4,), 1), (X, NUMBERS), optimizer=SGD(1e100), epochs=50)
    assert "\n" not in str(e.value)


MISTAKES = {
    "no pair": (lambda: cr.fit(nn.mlp(3), X), OptionError, "data as (inputs, answers)"),
    "lengths": (lambda: cr.fit(nn.mlp(3), (X, NUMBERS[:9])), DataError, "(50, 3) and (9,)"),
    "flat": (lambda: cr.fit(nn.mlp(3), (NUMBERS, NUMBERS)), DataError, "x[:, None]"),
    "nothing": (lambda: cr.fit(nn.mlp(3), (X[:0], NUMBERS[:0])), DataError, "rows of data"),
    "nan": (lambda: cr.fit(nn.mlp(3), (X * np.nan, NUMBERS)), DataError, "finite inputs"),
    "inf": (lambda: cr.fit(nn.mlp(3), (X, NUMBERS * np.inf)), DataError, "finite answers"),
    "text": (lambda: cr.fit(nn.mlp(3), (X.astype(str), NUMBERS)), DataError, "numbers as inputs"),
    "one class": (lambda: cr.fit(nn.mlp(3, (), 2), (X, ["a"] * 50)), DataError, "two classes"),
    "width": (lambda: cr.fit(nn.mlp(2), (X, NUMBERS)), ShapeError, "2"),
    "too few outputs": (lambda: cr.fit(nn.mlp(3, (), 2), (X, CLASSES)), cr.ChainruleError, "2"),
    "outputs": (lambda: cr.fit(nn.mlp(3, (), 2), (X, NUMBERS)), ShapeError, "(50, 2)"),
    "one-hot": (
        lambda: cr.fit(nn.mlp(3, (), 3), (X, np.eye(3)[CLASSES]), loss="cross_entropy"),
        DataError,
        "argmax",
    ),
    "no number": (
        lambda: cr.fit(nn.mlp(3), (X, NUMBERS), loss=lambda o, t: o - t),
        ShapeError,
        "expected one number",
    ),
    "no result": (
        lambda: cr.fit(nn.mlp(3), (X, NUMBERS), loss=lambda o, t: None),
        ShapeError,
        "expected one number",
    ),
    "targets of 2": (
        lambda: cr.fit(nn.mlp(3, (), 1), (X, CLASSES), loss="binary_cross_entropy"),
        OptionError,
        "between 0 and 1",
    ),
    "no parameters": (
        lambda: cr.fit(nn.Sequential(nn.ReLU()), (X, NUMBERS)),
        OptionError,
        "a model with parameters",
    ),
    "loss": (
        lambda: cr.fit(nn.mlp(3), (X, NUMBERS), loss="msee"),
        UnknownNameError,
        "did you mean mse?",
    ),
    "optimizer": (
        lambda: cr.fit(nn.mlp(3), (X, NUMBERS), optimizer="adm"),
        UnknownNameError,
        "did you mean adam",
    ),
    "engine": (lambda: cr.fit(nn.mlp(3), (X, NUMBERS), engine="x"), UnknownNameError, "engine"),
    "epochs": (lambda: cr.fit(nn.mlp(3), (X, NUMBERS), epochs=0), OptionError, "epochs"),
    "half an epoch": (lambda: cr.fit(nn.mlp(3), (X, NUMBERS), epochs=1.5), OptionError, "1.5"),
    "batch": (lambda: cr.fit(nn.mlp(3), (X, NUMBERS), batch_size=51), OptionError, "50 rows"),
    "rate": (lambda: cr.fit(nn.mlp(3), (X, NUMBERS), learning_rate=-1), OptionError, "above 0"),
    "clip": (lambda: cr.fit(nn.mlp(3), (X, NUMBERS), clip_norm=0), OptionError, "clip norm"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line(name):
    call, kind, words = MISTAKES[name]
    with pytest.raises(kind) as caught:
        call()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("labels", [[0, 1, 1, 0] * 5, ["a", "b", "b", "a"] * 5])
def test_nothing_is_done_row_by_row_before_training(monkeypatch, labels: list):
    """Hashing the data and writing every label as text took twice as long as training itself."""

    def refused(*_: object) -> None:
        raise AssertionError("computed although nobody has asked for it")

    monkeypatch.setattr(arrays, "digest", refused)
    monkeypatch.setattr(Column, "labels", refused)
    x = np.arange(20.0).reshape(20, 1) / 20
    fitted = cr.fit(cr.nn.mlp(1, (), 2, seed=0), (x, np.array(labels)), epochs=1)
    assert fitted.report.train.metric is not None


def test_rows_are_predicted_once_for_a_score(monkeypatch):
    """Loss, metric and residuals of a part come from the same outputs."""
    predicted: list[int] = []
    predict = ReferenceStepper.predict
    monkeypatch.setattr(
        ReferenceStepper, "predict", lambda self, x: predicted.append(len(x)) or predict(self, x)
    )
    x = np.linspace(-1, 1, 40)[:, None]
    cr.fit(
        cr.nn.mlp(1, (), 1), (x, x[:, 0]), epochs=2, engine="reference",
        validation_fraction=0.2, test_fraction=0.1,
    )  # fmt: skip
    assert sorted(predicted) == [4, 8, 8, 8, 28]  # test; validation thrice; training
