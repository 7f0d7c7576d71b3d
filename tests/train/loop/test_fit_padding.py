"""Training over time: padding changes nothing, and smoothed labels."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import ChainruleError, DataError

RNG = np.random.default_rng(0)
CLASSES, STEPS = 5, 6
LENGTHS = RNG.integers(1, STEPS + 1, 24)
TOKENS = RNG.integers(1, CLASSES, (24, STEPS))


def model() -> nn.Sequential:
    """Embeds tokens, of which 0 is padding, attends to those that are none, and predicts tokens."""
    table = 0.3 * np.random.default_rng(1).normal(size=(CLASSES, 4))

    def embedded(tokens, table):
        return {"x": table[tokens], "mask": tokens.astype(table.dtype) != 0.0}

    return nn.Sequential(
        nn.Lambda(embedded, table=table),
        nn.SinusoidalPositions(4),
        nn.TransformerBlock(4, 2, 6, activation="tanh"),
        nn.Lambda(lambda parts: parts["x"]),
        nn.Linear(4, CLASSES),
        seed=3,
    )


def padded(width: int) -> np.ndarray:
    """The sequences, padded to this width."""
    found = np.zeros((24, width), int)
    found[:, :STEPS] = np.where(np.arange(STEPS) < LENGTHS[:, None], TOKENS, 0)
    return found


@pytest.mark.parametrize("engine", ["reference", "compiled"])
@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_training_does_not_depend_on_the_padding(engine, accumulate):
    runs = []
    for width in (STEPS, STEPS + 4):
        x, one = padded(width), model()
        y = np.where(x > 0, (x * 2) % CLASSES, 0)
        fitted = cr.fit(
            one,
            (x, y),
            loss="cross_entropy",
            ignore=0,
            epochs=3,
            batch_size=8,
            accumulate=accumulate,
            validation_fraction=0.25,
            engine=engine,
        )
        runs.append((one, [(r.train_loss, r.validation_loss) for r in fitted.history]))
    (short, first), (long, second) = runs
    np.testing.assert_allclose(first, second, rtol=1e-9)
    for name, tensor in short.parameters().items():
        np.testing.assert_allclose(
            tensor.value, long.parameters()[name].value, rtol=1e-7, atol=1e-10
        )


def test_parts_of_a_batch_count_as_what_they_contain():
    """Accumulated parts with more padding count less: the update is that of the whole batch."""
    x = padded(STEPS)
    y, models = np.where(x > 0, (x * 2) % CLASSES, 0), [model(), model()]
    options = {"loss": "cross_entropy", "ignore": 0, "epochs": 2, "optimizer": "sgd"}
    whole = cr.fit(models[0], (x, y), batch_size=24, **options)
    parts = cr.fit(models[1], (x, y), batch_size=8, accumulate=3, **options)
    assert whole.history[-1].train_loss == pytest.approx(parts.history[-1].train_loss, rel=1e-12)


def test_numbers_over_time_with_missing_ones():
    x = RNG.normal(size=(30, 4, 2))
    y = 2.0 * x[..., :1] - x[..., 1:]
    y[3, 2:] = np.nan
    linear = nn.Linear(2, 1)
    cr.fit(linear, (x, y), loss="mse", ignore=np.nan, epochs=200, learning_rate=0.05)
    np.testing.assert_allclose(linear.parameters()["weight"].value, [[2.0, -1.0]], atol=1e-3)
    with pytest.raises(DataError, match="finite"):
        cr.fit(nn.Linear(2, 1), (x, y), loss="mse")


def test_smoothed_labels_of_rows():
    """Classes by name stay classes, and the confidence of the model is that of its targets."""
    x = np.repeat([[1.0, 0.0], [0.0, 1.0]], 20, axis=0)
    y = np.repeat(["no", "yes"], 20)
    net = nn.Linear(2, 2)
    fitted = cr.fit(
        net, (x, y), loss="cross_entropy", label_smoothing=0.2, epochs=300, learning_rate=0.1
    )
    assert fitted.report.metric == "accuracy"
    assert fitted.report.train.metric == 1.0
    np.testing.assert_allclose(cr.softmax(net.predict(x[:1])).value, [[0.9, 0.1]], atol=1e-3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ignore": 0}, "ignore: expected a loss by its name"),
        ({"loss": "mse", "label_smoothing": 0.1}, "label_smoothing: expected a loss by its name"),
        ({"loss": lambda z, y: cr.mean(z), "ignore": 0}, "ignore: expected a loss by its name"),
        ({"loss": "cross_entropy", "label_smoothing": 2}, "from 0 to 1"),
        ({"loss": "cross-entropy", "ignore": 0}, "cross-entropy"),
    ],
)
def test_options_that_do_not_fit(options, words):
    with pytest.raises(ChainruleError, match=words):
        cr.fit(model(), (padded(STEPS), padded(STEPS)), **options)
