"""`fit` on a data source of the user's own, against the same rows as arrays."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import DataError, OptionError
from chainrule.ops.losses import cross_entropy, mse
from chainrule.train.data.batches import epoch_order
from chainrule.train.data.source import BatchGroup
from chainrule.train.loop.callbacks import Callbacks
from chainrule.train.loop.source_session import SourceSession
from chainrule.train.options import TrainingOptions
from chainrule.train.storage.checkpoint import Checkpoint
from train.run_cases import assert_same, timeless
from train.tree_cases import AGE, IMAGE, JOINED, LABELS, ROWS, TREE, Heads, Merged

SIZE = 8


class Pairs:
    """Batches as pairs of new arrays, in the order in which `fit` takes rows of arrays."""

    def __init__(self, x=JOINED, y=LABELS) -> None:
        self.x, self.y, self.read = x, y, 0

    def batches(self, epoch, start):
        order = epoch_order(ROWS, 0, epoch)
        for first in range(start * SIZE, ROWS, SIZE):
            rows = order[first : first + SIZE]
            self.read += 1
            yield (self.x[rows], self.y[rows])

    def state(self):
        return {}


class Trees(Pairs):
    """The same, with a tree of inputs."""

    def batches(self, epoch, start):
        for x, y in super().batches(epoch, start):
            yield {"age": (x[:, :2],), "image": x[:, 2:]}, y


class Drawn(Pairs):
    """Batches that depend on all draws before them; it does not say how many there are."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = np.random.default_rng(5)

    def batches(self, epoch, start):
        batches = self.generator.integers(0, ROWS, (self.generator.integers(2, 5), SIZE))
        for rows in batches[start:]:
            yield self.x[rows], self.y[rows]

    def state(self):
        return self.generator.bit_generator.state

    def load_state(self, state):
        if state:
            self.generator.bit_generator.state = state


def mlp():
    return nn.mlp(5, (6,), 3, batch_norm=True, dropout=0.2, seed=2)


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_a_source_is_fitted_like_arrays_bit_for_bit(engine):
    options = {"epochs": 4, "learning_rate": 0.05, "engine": engine, "clip_norm": 1.0}
    expected = cr.fit(mlp(), (JOINED, LABELS), batch_size=SIZE, **options)
    found = cr.fit(mlp(), Pairs(), **options)
    assert timeless(found.history) == timeless(expected.history)
    for name, tensor in expected.model.parameters().items():
        np.testing.assert_array_equal(found.model.parameters()[name].value, tensor.value)
    report = found.report
    assert (report.dataset, report.rows, report.epochs) == ("Pairs", ROWS, 4)
    assert (report.metric, report.train.metric, report.validation) == (None, None, None)
    assert report.train.loss == found.history[-1].train_loss
    assert cr.fit(Merged(), Trees(), **options).history[-1].train_loss > 0


def test_no_batch_is_read_twice():
    source = Pairs()
    cr.fit(mlp(), source, epochs=3)
    assert source.read == 9


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize("rows_of_y", [LABELS, JOINED[:, :3]], ids=["classes", "numbers"])
def test_validation_on_a_source_is_that_on_its_rows(engine, rows_of_y):
    rows = epoch_order(ROWS, 0, 1)
    options = {"epochs": 3, "engine": engine, "patience": 9, "watch": "metric"}
    pair = (JOINED[rows], rows_of_y[rows])
    one, other = (
        cr.fit(mlp(), Pairs(y=rows_of_y), validation=validation, **options)
        for validation in (Pairs(y=rows_of_y), pair)
    )
    for a, b in zip(one.history, other.history, strict=True):
        assert a.validation_loss == pytest.approx(b.validation_loss, rel=1e-12)
        assert a.validation_metric == pytest.approx(b.validation_metric, rel=1e-12)
    assert one.report.metric == ("accuracy" if rows_of_y is LABELS else "r2")
    assert one.report.best_epoch is not None
    best = one.history[one.report.best_epoch - 1]
    assert one.report.validation.metric == pytest.approx(best.validation_metric)
    assert one.report.train.loss == best.train_loss


def session(engine: str) -> SourceSession:
    none_held_out = {"test_fraction": 0.0, "validation_fraction": 0.0}
    course = {"warm_up": 5, "schedule": "step(2, 0.5)", "patience": 3}
    options = TrainingOptions(engine=engine, **course, **none_held_out)
    found = SourceSession(mlp(), Drawn(), options, validation=Drawn())
    found.loop.chunk_seconds = 0.0
    return found


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize("steps", [1, 4, 7])
def test_a_source_of_unknown_length_resumes_from_its_state(engine, steps):
    history, again = [], []
    whole, first, second = (session(engine).loop for _ in range(3))
    assert whole.run(4, Callbacks(on_epoch=history.append))
    assert len({record.step for record in history}) > 1
    assert not first.run(4, Callbacks(on_epoch=again.append, stop=lambda: first.step == steps))
    second.restore(Checkpoint.from_bytes(first.checkpoint().to_bytes()))
    assert second.run(4, Callbacks(on_epoch=again.append))
    assert_same(second.checkpoint(), whole.checkpoint())
    assert timeless(again) == timeless(history)
    assert second.progress().batches is None


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_new_arrays_do_not_record_the_model_again(engine):
    """Once for each size of batch: for the check, and for the steps."""
    calls = []

    class Counted(Merged):
        def apply(self, scope, x):
            calls.append(len(x["image"]))
            return super().apply(scope, x)

    cr.fit(Counted(), Trees(), epochs=2, engine=engine)
    once = len(calls)
    assert set(calls) == {8, 7}
    calls.clear()
    cr.fit(Counted(), Trees(), epochs=20, engine=engine)
    assert len(calls) == once


def test_several_batches_of_shared_arrays():
    class Groups(Pairs):
        def batches(self, epoch, start):
            rows = epoch_order(ROWS, 0, epoch)[:16].reshape(2, 8)
            yield BatchGroup({"x": self.x, "y": self.y}, rows[start:])

    class Halves(Pairs):
        def batches(self, epoch, start):
            for batch in epoch_order(ROWS, 0, epoch)[:16].reshape(2, 8)[start:]:
                yield self.x[batch], self.y[batch]

    found, expected = (cr.fit(mlp(), kind(), epochs=3) for kind in (Groups, Halves))
    assert timeless(found.history) == timeless(expected.history)
    one, other = (cr.fit(mlp(), Pairs(), validation=kind()) for kind in (Groups, Halves))
    assert one.report.validation.loss == pytest.approx(other.report.validation.loss)


def test_a_known_length_allows_every_schedule():
    class Known(Pairs):
        per_epoch = 3

    found = cr.fit(mlp(), Known(), epochs=4, schedule="cosine", warm_up="1 epoch")
    expected = cr.fit(
        mlp(), (JOINED, LABELS), epochs=4, batch_size=SIZE, schedule="cosine", warm_up="1 epoch"
    )
    assert timeless(found.history) == timeless(expected.history)


@pytest.mark.parametrize("options", [{"schedule": "cosine"}, {"warm_up": "2 epochs"}])
def test_what_needs_a_length_says_so(options):
    source = Pairs()
    with pytest.raises(OptionError, match=r"data source that says how many batches .*per_epoch"):
        cr.fit(mlp(), source, **options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"batch_size": 8}, "batch size: expected none with a data source, got 8"),
        ({"accumulate": 2}, "accumulate: .*let the source yield larger batches"),
        ({"test_fraction": 0.2}, "test fraction: expected none"),
        ({"validation_fraction": 0.2}, "give a second source as validation"),
        ({"seed": 3}, "seed: .*the source puts the rows in order"),
        ({"patience": 3}, "patience: expected validation rows .*give validation to a data source"),
        ({"schedule": "plateau"}, "plateau: expected validation rows"),
    ],
)
def test_options_about_arrays_are_refused(options, words):
    with pytest.raises(OptionError, match=words):
        cr.fit(mlp(), Pairs(), **options)


def replaced(**methods):
    return type("Changed", (Pairs,), methods)()


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        (replaced(state=None), OptionError, r"methods batches\(epoch, start\) and state\(\), got"),
        (replaced(state=lambda self: {"n": 1}), OptionError, r"a method load_state\(state\)"),
        (replaced(batches=lambda self, epoch, start: iter(())), DataError,
         "expected one batch or more in epoch 1, got none"),
        (replaced(batches=lambda self, epoch, start: iter([JOINED])), OptionError,
         r"expected pairs \(inputs, answers\) .*got ndarray; yield x, y"),
        (replaced(batches=lambda self, e, s: iter([(JOINED[:0], LABELS[:0])])), DataError,
         "expected batches of one row or more"),
        (replaced(batches=lambda self, e, s: iter([BatchGroup({"x": JOINED}, [[0]])])), OptionError,
         "expected arrays 'x' and 'y', got 'x'"),
        (replaced(per_epoch=2.5), OptionError, "per_epoch: expected a whole number .*got 2.5"),
        (replaced(per_epoch=2), DataError, "expected 2 batches in epoch 1, got more"),
        (Pairs(y=np.stack([LABELS, LABELS])), IndexError, "out of bounds"),
    ],
)  # fmt: skip
def test_sources_that_are_none(source, error, words):
    with pytest.raises(error, match=words):
        cr.fit(mlp(), source, epochs=2)


def test_an_epoch_without_batches():
    class Dry(Pairs):
        def batches(self, epoch, start):
            return super().batches(epoch, start) if epoch == 1 else iter(())

    with pytest.raises(DataError, match="expected one batch or more in epoch 2, got 0"):
        cr.fit(mlp(), Dry(), epochs=3)


def test_answers_in_a_tree_from_a_source():
    class Both(Pairs):
        def batches(self, epoch, start):
            for x, y in super().batches(epoch, start):
                yield x, {"kind": y, "size": x[:, :1]}

    def loss(outputs, y):
        return cross_entropy(outputs["kind"], y["kind"]) + mse(outputs["size"], y["size"])

    fitted = cr.fit(Heads(), Both(), loss=loss, epochs=30, validation=Both())
    assert fitted.history[-1].validation_loss < fitted.history[0].validation_loss
    assert (fitted.report.metric, fitted.history[0].validation_metric) == (None, None)
    with pytest.raises(OptionError, match="loss: expected one of your own"):
        cr.fit(Heads(), Both())


def test_validation_of_arrays_is_held_out_of_them():
    with pytest.raises(OptionError, match=r"validation: expected a data source .*fraction=0.1"):
        cr.fit(mlp(), (JOINED, LABELS), validation=(JOINED, LABELS))
    with pytest.raises(OptionError, match="or a source with batches"):
        cr.fit(mlp(), JOINED)
    assert AGE.shape[1] + IMAGE.shape[1] == JOINED.shape[1]
    assert set(TREE) == {"image", "age"}


class StopAt(cr.Callback):
    """Interrupts a training after some steps."""

    every = 1

    def __init__(self, step: int) -> None:
        self.step = step

    def on_steps(self, training):
        if training.step == self.step:
            training.stop()


@pytest.mark.parametrize(("step", "epochs", "rows"), [(2, 0, 0), (4, 1, ROWS)])
def test_a_training_that_is_interrupted_has_a_report(step: int, epochs: int, rows: int):
    losses = []

    def loss(z, y):
        return cross_entropy(z, y)

    class Keep(StopAt):
        def on_steps(self, training):
            losses.append(training.progress().loss)
            super().on_steps(training)

    fitted = cr.fit(mlp(), Pairs(), loss=loss, callbacks=[Keep(step)])
    report = fitted.report
    assert (report.epochs, report.rows, len(fitted.history)) == (epochs, rows, epochs)
    assert report.train.loss == (fitted.history[-1].train_loss if epochs else losses[-1])
    assert report.stopped_early is False
