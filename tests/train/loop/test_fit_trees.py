"""`fit` on trees of inputs and answers, against the same training on single arrays."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import DataError, OptionError
from chainrule.ops.losses import cross_entropy, mse
from chainrule.train.data.arrays import from_arrays
from chainrule.train.loop.callbacks import Callbacks
from chainrule.train.loop.session import Session
from chainrule.train.options import TrainingOptions
from chainrule.train.storage.checkpoint import Checkpoint
from train.run_cases import assert_same, timeless
from train.tree_cases import (
    AGE,
    IMAGE,
    JOINED,
    LABELS,
    ROWS,
    TOKENS,
    TREE,
    Embedding,
    Heads,
    Merged,
    Single,
    Tokens,
)

OPTIONS = {
    "epochs": 5, "batch_size": 4, "accumulate": 2, "learning_rate": 0.05, "seed": 3,
    "validation_fraction": 0.3, "test_fraction": 0.2, "patience": 4,
}  # fmt: skip
KINDS = np.array(["a", "b", "c"])[LABELS]


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize("y", [KINDS, AGE @ np.ones((2, 3))], ids=["classes", "numbers"])
def test_a_tree_is_fitted_like_its_joined_columns(engine, y):
    found, expected = (
        cr.fit(model(batch_norm=True, dropout=0.1), (x, y), engine=engine, **OPTIONS)
        for model, x in ((Merged, TREE), (Single, JOINED))
    )
    for one, other in zip(found.history, expected.history, strict=True):
        assert one.train_loss == pytest.approx(other.train_loss, rel=1e-9)
        assert one.validation_loss == pytest.approx(other.validation_loss, rel=1e-9)
        assert one.validation_metric == pytest.approx(other.validation_metric, rel=1e-9)
    a, b = found.report, expected.report
    assert (a.confusion, a.rows, a.task) == (b.confusion, b.rows, b.task)
    assert a.test.metric == pytest.approx(b.test.metric)
    np.testing.assert_allclose(
        found.model.predict(TREE), expected.model.predict(JOINED), rtol=1e-8, atol=1e-12
    )


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_class_weights_count_the_same_with_inputs_in_a_tree(engine):
    weights = {"a": 5.0, "b": 1.0, "c": 0.25}
    found, expected, plain = (
        cr.fit(model(), (x, KINDS), engine=engine, class_weights=w, **OPTIONS)
        for model, x, w in (
            (Merged, TREE, weights),
            (Single, JOINED, weights),
            (Merged, TREE, None),
        )
    )
    for one, other in zip(found.history, expected.history, strict=True):
        assert one.train_loss == pytest.approx(other.train_loss, rel=1e-9)
    assert found.history[-1].train_loss != pytest.approx(plain.history[-1].train_loss, rel=1e-3)


def test_labels_are_checked_the_same_with_inputs_in_a_tree():
    mixed = np.array([1, "1"] * (len(KINDS) // 2 + 1), object)[: len(KINDS)]
    masked = np.ma.masked_equal(AGE, AGE[0, 0])
    for x, y in (({"age": AGE}, mixed), ({"age": masked}, KINDS)):
        with pytest.raises(DataError, match=r"of one type|without missing values"):
            from_arrays(x, y)


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_training_on_trees_resumes_bit_for_bit(engine):
    def session() -> Session:
        options = TrainingOptions(engine=engine, batch_size=4, accumulate=2, validation_fraction=0)
        loss = {"loss": lambda z, y: cross_entropy(z["kind"], y[0]) + mse(z["size"], y[1])}
        data = from_arrays(JOINED, (LABELS, AGE[:, :1]), task="regression", validation_fraction=0.2)
        found = Session(Heads(), data, options, **loss)
        found.loop.chunk_seconds = 0.0
        return found

    history, again = [], []
    whole, first, second = (session().loop for _ in range(3))
    whole.run(4, Callbacks(on_epoch=history.append))
    first.run(4, Callbacks(on_epoch=again.append, stop=lambda: first.step == 4))
    second.restore(Checkpoint.from_bytes(first.checkpoint().to_bytes()))
    second.run(4, Callbacks(on_epoch=again.append))
    assert_same(second.checkpoint(), whole.checkpoint())
    assert timeless(again) == timeless(history)
    assert history[-1].validation_loss is not None
    assert {record.validation_metric for record in history} == {None}


class InDict(nn.Layer):
    """A model whose single output is in a dict."""

    def __init__(self) -> None:
        self.inner = Single()
        super().__init__(children=self.inner.children)

    def apply(self, scope, x):
        return {"scores": self.inner.apply(scope, x)}


def test_one_output_in_a_tree_has_its_metric():
    plain = cr.fit(Single(), (JOINED, KINDS), validation_fraction=0.2, epochs=4)
    inside = cr.fit(
        InDict(),
        from_arrays(JOINED, KINDS, validation_fraction=0.2),
        loss=lambda z, y: cross_entropy(z["scores"], y),
        epochs=4,
        patience=4,
        watch="metric",
    )
    assert [r.validation_metric for r in inside.history] == [
        r.validation_metric for r in plain.history
    ]
    assert inside.report.confusion is not None
    assert plain.report.to_dict()["train_accuracy"] is not None


def both(outputs, y):
    return cross_entropy(outputs["kind"], y["kind"]) + mse(outputs["size"], y["size"])


def test_several_outputs_have_the_loss_only():
    y = {"kind": LABELS, "size": AGE[:, :1]}
    fitted = cr.fit(Heads(), (JOINED, y), loss=both, epochs=30, validation_fraction=0.2)
    report = fitted.report
    assert fitted.history[-1].train_loss < fitted.history[0].train_loss
    assert report.validation.loss == fitted.history[-1].validation_loss
    assert (report.metric, report.validation.metric, report.confusion) == (None, None, None)
    assert "train_None" not in report.to_dict()
    assert not [key for key in report.to_dict() if key.endswith(("accuracy", "r2"))]
    with pytest.raises(OptionError, match=r"watch: expected one output .*; watch the loss"):
        cr.fit(Heads(), (JOINED, y), loss=both, validation_fraction=0.2, patience=2, watch="metric")


def test_tokens_are_fitted():
    x = {"tokens": TOKENS, "image": np.zeros((ROWS, 3))}
    target = np.random.default_rng(0).normal(size=(5, 2))[TOKENS]
    options = {"learning_rate": 0.05, "epochs": 300, "batch_size": "full"}
    fitted = cr.fit(Tokens(), (x, target), **options)
    np.testing.assert_allclose(fitted.model.predict(x), target, atol=1e-3)
    alone = cr.fit(Embedding(), (TOKENS, target), **options)
    np.testing.assert_allclose(alone.model.predict(TOKENS), target, atol=1e-3)
    with pytest.raises(DataError, match="arrays: expected integers as inputs, got dtype float64"):
        cr.fit(Embedding(), (TOKENS + 0.5, target))


@pytest.mark.parametrize(
    ("x", "y", "options", "error", "words"),
    [
        ({"image": IMAGE, "age": AGE[:9]}, LABELS, {}, DataError,
         r"input \['age'\]: expected 23 rows, as the others have, got 9 rows"),
        ((IMAGE, [AGE, (AGE[:9],)]), LABELS, {}, DataError,
         r"input \[1\]\[1\]\[0\]: expected 23 rows, as the others have, got 9 rows"),
        ((IMAGE, AGE), LABELS[:9], {}, DataError, "answers: expected 23 rows, .*got 9 rows"),
        ({"image": IMAGE, "age": 3}, LABELS, {}, DataError,
         r"input \['age'\]: expected rows of numbers \(n, …\), got shape \(\)"),
        ({"image": IMAGE, "name": KINDS}, LABELS, {}, DataError,
         r"input \['name'\]: expected rows of numbers .*; encode text"),
        ({"image": np.where(IMAGE > 1, np.nan, IMAGE)}, LABELS, {}, DataError,
         r"finite input \['image'\], got nan at index"),
        ({}, LABELS, {}, DataError, r"expected inputs, got \{\}"),
        (IMAGE, (LABELS, AGE), {}, OptionError, "loss: expected one of your own, for answers in"),
        (IMAGE, (LABELS, AGE), {"loss": "cross_entropy"}, OptionError, "got cross_entropy"),
        (IMAGE, (LABELS, AGE[:9]), {"loss": mse}, DataError,
         r"answer \[1\]: expected 23 rows, as the others have, got 9 rows"),
    ],
    ids=["dict", "nested", "answers", "number", "text", "nan", "empty", "loss", "named", "answer"],
)  # fmt: skip
def test_data_that_do_not_fit(x, y, options, error, words: str):
    with pytest.raises(error, match=words):
        cr.fit(Merged(), (x, y), **options)
