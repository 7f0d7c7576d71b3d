"""Losses that weigh rows, on a source: batches are joined by their weights, as in one large one."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import OptionError, ShapeError
from chainrule.ops.losses import cross_entropy
from train.tree_cases import JOINED, LABELS, ROWS

ENGINES = ["compiled", "reference"]
WEIGHTS = np.array([1.0, 7.0, 0.3])


class Sorted:
    """Batches of several sizes, sorted by class, so that their weights differ most."""

    def __init__(self, ends=(5, 9, 20)) -> None:
        self.ends, self.order = ends, np.argsort(LABELS, kind="stable")

    def batches(self, epoch, start):
        for rows in np.split(self.order, self.ends)[start:]:
            yield JOINED[rows], LABELS[rows]

    def state(self):
        return {}


class Weighted:
    """A loss of the user's own with weights of rows."""

    def __call__(self, logits, labels):
        return cross_entropy(logits, labels, WEIGHTS)

    def row_weights(self, labels):
        return WEIGHTS[labels]


class Masked:
    """A mean over the rows with labels above 0; a batch without any has loss 0 and weight 0."""

    least = 1.0

    def __call__(self, logits, labels):
        counted = cr.minimum(labels, 1.0)
        return cr.sum(counted * logits[:, 0] ** 2) / cr.maximum(cr.sum(counted), self.least)

    def row_weights(self, labels):
        return (labels > 0.5).astype(float)


def model():
    return nn.mlp(5, (6,), 3, activation="tanh", seed=3)


def by_hand(fitted) -> float:
    """Σ w·l / Σ w over all rows, by NumPy."""
    z = fitted.model.predict(JOINED)
    z = z - z.max(axis=1, keepdims=True)
    z = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    w = WEIGHTS[LABELS]
    return float((w * -z[np.arange(ROWS), LABELS]).sum() / w.sum())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("ends", [(5, 9, 20), ()])
def test_validation_joins_batches_by_their_weight(engine: str, ends):
    source = Sorted(ends)
    fitted = cr.fit(model(), source, loss=Weighted(), validation=source, epochs=2, engine=engine)
    expected = by_hand(fitted)
    assert fitted.history[-1].validation_loss == pytest.approx(expected, rel=1e-12)
    assert fitted.report.validation.loss == pytest.approx(expected, rel=1e-12)


def test_validation_is_what_pytorch_computes():
    torch = pytest.importorskip("torch")
    source = Sorted()
    fitted = cr.fit(model(), source, loss=Weighted(), validation=source, epochs=2)
    expected = torch.nn.functional.cross_entropy(
        torch.tensor(fitted.model.predict(JOINED)), torch.tensor(LABELS), torch.tensor(WEIGHTS)
    )
    assert fitted.report.validation.loss == pytest.approx(expected.item(), rel=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_batch_that_counts_nothing(engine: str):
    """The first batch has class 0 only: its loss is 0 and so is its weight."""
    order, seen = np.argsort(LABELS, kind="stable"), []
    first = int((LABELS == 0).sum())

    class Numbers(Sorted):
        def batches(self, epoch, start):
            for rows in np.split(order, [first])[start:]:
                yield JOINED[rows], LABELS[rows].astype(float)

    class Watch(cr.Callback):
        every = 1

        def on_steps(self, training):
            seen.append(training.progress().loss)

    source = Numbers()
    options = {"loss": Masked(), "validation": source, "epochs": 1, "engine": engine}
    fitted = cr.fit(model(), source, callbacks=[Watch()], **options)
    kept = LABELS > 0
    expected = np.mean(fitted.model.predict(JOINED)[kept, 0] ** 2)
    assert fitted.history[0].validation_loss == pytest.approx(expected, rel=1e-12)
    assert np.isnan(seen[0])
    assert seen[1] == pytest.approx(fitted.history[0].train_loss, rel=1e-12)


def test_a_batch_whose_loss_is_not_defined_counts_nothing():
    """Validated in one part with others, the loss of a batch without weight is 0/0."""

    class Undefined(Masked):
        least = 0.0

    class Numbers(Sorted):
        def batches(self, epoch, start):
            for x, y in super().batches(epoch, start):
                yield x, y.astype(float)

    class Pure(Numbers):
        def __init__(self) -> None:
            super().__init__([int((LABELS == 0).sum())])

    with np.errstate(invalid="ignore"):
        fitted = cr.fit(model(), Numbers(()), loss=Undefined(), validation=Pure(), epochs=1)
    expected = np.mean(fitted.model.predict(JOINED)[LABELS > 0, 0] ** 2)
    assert fitted.report.validation.loss == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_class_weights_in_order_are_those_of_arrays(engine: str):
    options = {"class_weights": WEIGHTS.tolist(), "epochs": 3, "engine": engine}
    source = Sorted(())
    found = cr.fit(model(), source, validation=source, **options)
    expected = cr.fit(model(), (JOINED, LABELS), batch_size="full", **options)
    for name, tensor in expected.model.parameters().items():
        np.testing.assert_allclose(found.model.parameters()[name].value, tensor.value, rtol=1e-9)
    assert found.history[-1].train_loss == pytest.approx(expected.history[-1].train_loss)
    assert found.report.validation.loss == pytest.approx(by_hand(found), rel=1e-12)
    assert found.report.metric == "accuracy"


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"class_weights": "balanced"}, OptionError,
         "one number for each class.*data source, got 'balanced'; .*cannot be counted"),
        ({"class_weights": {0: 2.0}}, OptionError, "one number for each class.*got.*order"),
        ({"class_weights": [1.0, -2.0, 1.0]}, OptionError, "expected numbers above 0, got -2.0"),
        ({"class_weights": [1.0, 2.0]}, ShapeError, "one for each of 3 classes"),
        ({"class_weights": [1.0, 2.0, 1.0], "loss": "mse"}, OptionError,
         "learnt with cross-entropy"),
    ],
)  # fmt: skip
def test_class_weights_that_cannot_be_used(options, error, words: str):
    with pytest.raises(error, match=words):
        cr.fit(model(), Sorted(), **options)
