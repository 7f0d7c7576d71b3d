"""Gradient accumulation: the parts of a batch together make the step of the whole batch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import OptionError, ShapeError, TrainingError
from chainrule.ops.losses import LOSSES
from chainrule.train.data.arrays import from_arrays
from chainrule.train.loop.callbacks import Callbacks
from chainrule.train.loop.session import Session
from chainrule.train.optimizers import SGD, Adam
from chainrule.train.options import RunOptions, TrainingOptions
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.stepper import Stepper, make_stepper
from chainrule.train.storage.checkpoint import Checkpoint
from train.compiled_cases import LABELS, MODELS, ROWS, TARGETS, Setup, X, batches, mlp

ENGINES = ("compiled", "reference")


def stepper(setup: Setup, micro_batch: int | None, engine: str, dtype=np.float64) -> Stepper:
    return make_stepper(
        setup.model(dtype),
        setup.loss,
        setup.optimizer,
        setup.x,
        setup.y,
        clipping=setup.clipping,
        micro_batch=micro_batch,
        engine=engine,
    )


def close(found, expected, tolerance=1e-12) -> None:
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("size", [1, 3, 4, 8])
def test_micro_batches_make_the_step_of_one_batch(engine: str, loss: str, size: int):
    """Whole ones and the partial one at the end of an epoch: 16 and 6 rows."""
    y = LABELS if loss == "cross_entropy" else TARGETS
    setup = Setup(mlp(), LOSSES[loss], y=y, optimizer=SGD(momentum=0.9))
    parts, whole = stepper(setup, size, engine), stepper(setup, None, engine)
    steps, rates = batches(20, 16), np.linspace(0.1, 0.05, 20)
    close(parts.run(steps, rates), whole.run(steps, rates))
    assert parts.step == whole.step == 20
    close(parts.parameters, whole.parameters)
    close(parts.gradients, whole.gradients)
    assert parts.gradient_norms() == pytest.approx(whole.gradient_norms(), rel=1e-10)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_mean_gradient_is_clipped_not_the_parts(engine: str):
    setup = Setup(mlp(), optimizer=Adam(), clipping=Clipping(value=0.02, norm=0.03))
    parts, whole = stepper(setup, 4, engine), stepper(setup, None, engine)
    steps = batches(5, 16)
    parts.run(steps, 0.01), whole.run(steps, 0.01)
    close(parts.parameters, whole.parameters, 1e-9)  # Adam divides by roots of what is near zero


@pytest.mark.parametrize("name", ["everything", "dropout", "batch norm", "calls and batch norm"])
def test_the_engines_agree(name: str):
    setup = replace(MODELS[name], optimizer=SGD(momentum=0.9))
    compiled, reference = (stepper(setup, 5, engine) for engine in ENGINES)
    close(compiled.run(batches(30, 15), 0.05), reference.run(batches(30, 15), 0.05), 1e-9)
    one, other = compiled.state(), reference.state()
    for group in ("parameters", "buffers", "slots"):
        for array, expected in zip(
            getattr(one, group).values(), getattr(other, group).values(), strict=True
        ):
            close(array, expected, 1e-9)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_part_has_its_own_dropout(engine: str):
    """A batch of one row, four times: with one mask, its parts would have one loss."""
    setup = MODELS["dropout"]
    alone, together = stepper(setup, None, engine), stepper(setup, 1, engine)
    row = np.array([3])
    first = alone.run([row], 1e-300)[0]
    assert together.run([np.repeat(row, 4)], 1e-300)[0] != first
    assert len(set(together.run([row, row, row], 1e-300).tolist())) > 1


@pytest.mark.parametrize("engine", ENGINES)
def test_a_micro_batch_no_smaller_than_the_batch_changes_no_bit(engine: str):
    setup = replace(MODELS["everything"], clipping=Clipping(norm=0.1))
    one, other = stepper(setup, None, engine), stepper(setup, ROWS, engine)
    np.testing.assert_array_equal(one.run(batches(30), 0.05), other.run(batches(30), 0.05))
    assert one.state().to_bytes() == other.state().to_bytes()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("size", [1, 4])
def test_resumed_bit_for_bit(engine: str, size: int):
    setup, steps = MODELS["everything"], batches(20, 12)
    whole, parts = stepper(setup, 4, engine, np.float32), stepper(setup, 4, engine, np.float32)
    losses = whole.run(steps, 0.05)
    found = []
    for i in range(0, 20, size):
        found.append(parts.run(steps[i : i + size], 0.05))
        content = parts.state().to_bytes()
        parts = stepper(setup, 4, engine, np.float32)
        parts.load_state(Checkpoint.from_bytes(content))
    np.testing.assert_array_equal(np.concatenate(found), losses)
    assert parts.state().to_bytes() == whole.state().to_bytes()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["loss mse", "batch norm"])
def test_a_part_that_is_not_finite_undoes_the_step(engine: str, name: str):
    x = X.copy()
    x[13] = np.nan
    setup = replace(MODELS[name], x=x)
    steps = [np.arange(8), np.arange(5), np.arange(6, 18), np.arange(8)]
    failed, until = stepper(setup, 4, engine), stepper(setup, 4, engine)
    with pytest.raises(TrainingError, match="training step 3: expected a finite loss, got nan"):
        failed.run(steps, 0.01)
    until.run(steps[:2], 0.01)
    assert failed.step == 2
    assert failed.state().to_bytes() == until.state().to_bytes()


def test_errors_name_the_first_node_that_is_not_finite():
    x = X.copy()
    x[13] = np.nan
    failed = stepper(replace(MODELS["loss mse"], x=x), 4, "compiled")
    with pytest.raises(TrainingError, match=r"first seen in x \(input\)"):
        failed.run([np.arange(ROWS)], 0.01)
    setup = Setup(lambda _: nn.mlp(5, (6,), 5, seed=0), LOSSES["mse"], X, 100 * X, SGD())
    failed = stepper(setup, 4, "compiled")
    before = failed.state().to_bytes()
    with pytest.raises(TrainingError, match=r"a finite layers\.0\.weight after the update"):
        failed.run([np.arange(8)], 1e308)
    assert failed.state().to_bytes() == before
    with pytest.raises(ShapeError, match="row numbers below"):
        failed.run([np.arange(8), np.array([ROWS])], 0.1)


def test_no_steps():
    compiled = stepper(Setup(mlp()), 4, "compiled")
    assert compiled.run([], 0.1).shape == (0,)
    assert compiled.gradient_norms() == {}


# in sessions


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("k", [2, 3, 9])
def test_accumulating_equals_larger_batches(engine: str, k: int):
    """22 rows in batches of 4: 9 times as many are more than there are."""

    def trained(**options):
        history, model = [], nn.mlp(5, (6,), 3, activation="tanh", seed=1)
        session = Session(
            model,
            from_arrays(X, LABELS),
            TrainingOptions(optimizer=SGD(0.2), schedule="cosine", engine=engine, **options),
        )
        session.loop.run(5, Callbacks(on_epoch=history.append))
        return session.stepper.parameters, history

    parts, records = trained(batch_size=4, accumulate=k)
    whole, expected = trained(batch_size=min(4 * k, ROWS))
    close(parts, whole)
    assert [r.step for r in records] == [r.step for r in expected]
    close([r.train_loss for r in records], [r.train_loss for r in expected])
    assert [r.learning_rate for r in records] == [r.learning_rate for r in expected]


def test_fit_accumulates():
    one, other = nn.mlp(5, (), 3, seed=1), nn.mlp(5, (), 3, seed=1)
    cr.fit(one, (X, LABELS), batch_size=5, accumulate=2, epochs=3, optimizer="sgd")
    cr.fit(other, (X, LABELS), batch_size=10, epochs=3, optimizer="sgd")
    name = "layers.0.weight"
    close(one.parameters()[name].value, other.parameters()[name].value)


@pytest.mark.parametrize("k", [0, -2, 1.5, True, "2"])
def test_invalid_numbers_of_batches(k):
    with pytest.raises(OptionError, match="accumulate: expected a whole number, 1 or more"):
        RunOptions(accumulate=k)
    with pytest.raises(OptionError, match="accumulate: expected a whole number, 1 or more"):
        cr.fit(nn.mlp(5, (), 3), (X, LABELS), accumulate=k)


# with class weights

WEIGHTS = [1.0, 7.0, 0.3]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("weights", [WEIGHTS, "balanced"])
@pytest.mark.parametrize(("size", "k"), [(4, 2), (5, 3), (4, 9)])
def test_weighted_parts_are_joined_by_their_weights(engine, weights, size: int, k: int):
    """22 rows: updates of whole parts, of a smaller last part, and of unequal ones."""

    def trained(**options):
        model = nn.mlp(5, (6,), 3, activation="tanh", seed=1)
        options |= {"optimizer": SGD(0.2), "class_weights": weights, "engine": engine}
        fitted = cr.fit(model, (X, LABELS), epochs=4, **options)
        return model, [record.train_loss for record in fitted.history]

    parts, losses = trained(batch_size=size, accumulate=k)
    whole, expected = trained(batch_size=min(size * k, ROWS))
    close(losses, expected)
    for name, parameter in whole.parameters().items():
        close(parts.parameters()[name].value, parameter.value)


@pytest.mark.parametrize("engine", ENGINES)
def test_weighted_parts_with_hooks(engine: str):
    """Hooks see the gradients of the whole batch, in the phases that Python runs."""

    def trained(**options):
        seen, model = [], nn.mlp(5, (6,), 3, seed=1)
        hook = cr.Hook(lambda gradients: seen.append(np.linalg.norm(gradients.vector)))
        options |= {"optimizer": SGD(0.2), "class_weights": WEIGHTS, "engine": engine}
        cr.fit(model, (X, LABELS), epochs=2, hooks=[hook], **options)
        return seen

    parts, whole = trained(batch_size=4, accumulate=2), trained(batch_size=8)
    assert len(parts) == len(whole) == 6
    assert parts == pytest.approx(whole, rel=1e-9)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_weighted_loss_of_an_epoch_is_that_of_all_its_rows(engine: str):
    """With a learning rate of almost 0, by NumPy alone: Σ w·l / Σ w over the epoch."""
    model = nn.mlp(5, (), 3, seed=2)
    z = X @ model.parameters()["layers.0.weight"].value.T
    z -= np.log(np.exp(z).sum(axis=1, keepdims=True))
    each, w = -z[np.arange(ROWS), LABELS], np.array(WEIGHTS)[LABELS]
    for accumulate in (1, 2):
        fitted = cr.fit(
            nn.mlp(5, (), 3, seed=2),
            (X, LABELS),
            optimizer=SGD(1e-300),
            class_weights=WEIGHTS,
            batch_size=4,
            accumulate=accumulate,
            engine=engine,
            epochs=1,
        )
        assert fitted.history[0].train_loss == pytest.approx((w * each).sum() / w.sum(), rel=1e-12)


def test_an_interrupted_epoch_with_class_weights_goes_on_with_its_sums():
    def session():
        options = TrainingOptions(
            optimizer=SGD(0.2), class_weights=WEIGHTS, batch_size=4, accumulate=2
        )
        return Session(nn.mlp(5, (6,), 3, seed=1), from_arrays(X, LABELS), options)

    whole, history = session(), []
    whole.loop.run(2, Callbacks(on_epoch=history.append))
    half, records, asked = session(), [], []
    half.loop.run(2, Callbacks(stop=lambda: len(asked) > 0, on_progress=asked.append))
    rest = session()
    rest.loop.restore(Checkpoint.from_bytes(half.loop.checkpoint().to_bytes()))
    rest.loop.run(2, Callbacks(on_epoch=records.append))
    assert [r.train_loss for r in records] == [r.train_loss for r in history]
    np.testing.assert_array_equal(rest.stepper.parameters, whole.stepper.parameters)


class Marked:
    """A mean over the marked rows; NaN for a part without any."""

    def __call__(self, outputs, marks):
        return cr.sum(marks * outputs[:, :1] ** 2) / cr.sum(marks)

    def row_weights(self, marks):
        return marks


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("size", [2, 3])
def test_a_part_of_weight_0_contributes_nothing(engine: str, size: int):
    """Its loss and its gradient are 0/0; that of the whole batch is not."""
    marks = np.zeros((ROWS, 1))
    marks[[0, 5, 6, 7]] = 1.0
    setup = Setup(mlp(), Marked(), y=marks, optimizer=SGD())
    parts, whole = stepper(setup, size, engine), stepper(setup, None, engine)
    steps = [np.arange(8)] * 3
    close(parts.run(steps, 0.1), whole.run(steps, 0.1))
    close(parts.parameters, whole.parameters)
    with pytest.raises(TrainingError, match="a finite loss"):
        parts.run([np.arange(8, 14)], 0.1)
