"""Inside any callback the model has the current weights, which cost nothing until they are read."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import chainrule as cr
from chainrule.nn.slot import Slot

ENGINES = ["compiled", "reference"]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = X @ [[1.0], [-2.0], [0.5]]


def model() -> cr.nn.Layer:
    return cr.nn.Sequential(cr.nn.Linear(3, 4), cr.nn.BatchNorm(4), cr.nn.Linear(4, 1))


class Reader(cr.Callback):
    """Compares the model with the weights of the training, wherever it is called."""

    every = 2

    def __init__(self, followed: cr.nn.Layer) -> None:
        self.followed, self.seen, self.copies = followed, [], []

    def read(self, training):
        current = {**training.weights(), **training.buffers()}
        found = {**self.followed.parameters(), **self.followed.buffers()}
        assert list(found) == list(current)
        for name, tensor in found.items():
            np.testing.assert_array_equal(tensor.value, current[name])
        self.seen.append((found, current))

    on_start = before_steps = on_steps = on_end = read

    def on_epoch(self, training, record):
        self.read(training)
        self.copies.append((copy.deepcopy(self.followed), pickle.dumps(self.followed)))


@pytest.mark.parametrize("engine", ENGINES)
def test_the_model_has_the_current_weights(engine):
    trained = model()
    reader = Reader(trained)
    options = {"epochs": 3, "batch_size": 8, "engine": engine, "validation_fraction": 0.0}
    cr.fit(trained, (X, Y), callbacks=[reader], test_fraction=0.0, **options)
    changed = {round(float(found["layers.0.weight"].value[0, 0]), 12) for found, _ in reader.seen}
    assert len(changed) > 3
    for found, then in reader.seen:  # what was read does not change afterwards
        for name, tensor in found.items():
            np.testing.assert_array_equal(tensor.value, then[name])
    predictions = [one.predict(X) for one, _ in reader.copies]
    for one, (_, pickled) in zip(predictions, reader.copies, strict=True):
        np.testing.assert_array_equal(one, pickle.loads(pickled).predict(X))
    assert not np.array_equal(predictions[0], predictions[1])
    np.testing.assert_allclose(predictions[-1], trained.predict(X))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_metric_in_on_epoch(engine):
    trained, losses = cr.nn.mlp(3, (), 1, seed=0), []
    fitted = cr.fit(
        trained,
        (X, Y),
        epochs=4,
        batch_size=8,
        engine=engine,
        on_epoch=lambda record: losses.append(float(np.mean((trained.predict(X) - Y) ** 2))),
    )
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] == pytest.approx(np.mean((fitted.model.predict(X) - Y) ** 2))


def test_nothing_is_copied_that_nobody_reads(monkeypatch):
    filled = []
    fill = Slot.fill
    monkeypatch.setattr(Slot, "fill", lambda slot, value: (filled.append(slot), fill(slot, value)))

    def fills(epochs):
        filled.clear()
        cr.fit(model(), (X, Y), epochs=epochs, on_epoch=lambda record: None)
        return len(filled)

    assert fills(9) == fills(2)


def test_after_a_failure_the_model_has_the_state_before_it():
    trained = cr.nn.mlp(3, (), 1, seed=0)
    start = trained.parameters()["layers.0.weight"].value.copy()
    with pytest.raises(cr.errors.TrainingError):
        cr.fit(trained, (X, 1e3 * Y), epochs=500, optimizer="sgd", learning_rate=9.0)
    left = trained.parameters()["layers.0.weight"].value
    assert np.isfinite(left).all()
    assert not np.array_equal(left, start)
