"""The compiled stepper makes the steps of the reference stepper."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine.threads import ThreadCountTuner
from chainrule.engine.threads.schedule import Tuning
from chainrule.ops.losses import cross_entropy
from chainrule.train.optimizers import SGD, Adam
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.compiled import CompiledStepper, step_program
from chainrule.train.steps.stepper import Stepper
from train.compiled_cases import (
    CLIPPINGS,
    LABELS,
    MODELS,
    OPTIMIZERS,
    ROWS,
    Setup,
    X,
    batches,
    mlp,
)

# after 100 steps, as a share of the largest entry
TOLERANCE = {np.float64: 1e-9, np.float32: 1e-4}


def close(found, expected, tolerance: float) -> None:
    scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * scale)


def same(compiled: Stepper, reference: Stepper, tolerance: float) -> None:
    """Assert that two steppers hold the same numbers."""
    assert compiled.step == reference.step
    close(compiled.parameters, reference.parameters, tolerance)
    close(compiled.gradients, reference.gradients, tolerance)
    found, expected = compiled.state(), reference.state()
    for kind in ("parameters", "buffers", "slots"):
        one, other = getattr(found, kind), getattr(expected, kind)
        assert list(one) == list(other)
        for name in other:
            assert one[name].dtype == other[name].dtype
            close(one[name], other[name], tolerance)
    norms, others = compiled.gradient_norms(), reference.gradient_norms()
    assert list(norms) == list(others)
    close(list(norms.values()), list(others.values()), tolerance)


def both(setup: Setup, dtype, rate=0.01, steps=None) -> tuple[Stepper, Stepper]:
    """Compiled and reference, after the same steps; every loss must agree."""
    compiled, reference = (setup.stepper(engine, dtype) for engine in ("compiled", "reference"))
    steps = batches() if steps is None else steps
    tolerance = TOLERANCE[dtype]
    close(compiled.run(steps, rate), reference.run(steps, rate), tolerance)
    same(compiled, reference, tolerance)
    close(compiled.predict(setup.x), reference.predict(setup.x), tolerance)
    close(compiled.loss(setup.x, setup.y), reference.loss(setup.x, setup.y), tolerance)
    return compiled, reference


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
@pytest.mark.parametrize("name", MODELS)
def test_models(name, dtype):
    both(MODELS[name], dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_optimizers(optimizer, dtype):
    rates = np.linspace(0.02, 0.001, 100)
    both(Setup(mlp(), optimizer=optimizer), dtype, rates)


@pytest.mark.parametrize("clipping", CLIPPINGS, ids=str)
@pytest.mark.parametrize("optimizer", OPTIMIZERS[3::4], ids=lambda o: o.name)
def test_clipping(optimizer, clipping):
    both(Setup(mlp(), optimizer=optimizer, clipping=clipping), np.float64)


@pytest.mark.parametrize(
    "name", ["everything", "calls and batch norm", "more axes", "column-major first weights"]
)
@pytest.mark.parametrize("size", [1, 2, 7, ROWS])
def test_batches_of_any_size(name, size):
    setup = replace(MODELS[name], optimizer=SGD(momentum=0.9))
    both(setup, np.float64, steps=batches(30, size))


def test_a_state_is_row_major_whatever_the_layout():
    """Either engine continues from a state that the other saved."""
    setup = MODELS["column-major first weights"]
    compiled, reference = both(setup, np.float64)
    for engine, other in (("compiled", reference), ("reference", compiled)):
        again = setup.stepper(engine)
        saved = other.state()
        assert all(array.flags.c_contiguous for array in saved.parameters.values())
        again.load_state(saved)
        for kind in ("parameters", "slots"):
            found, expected = getattr(again.state(), kind), getattr(saved, kind)
            for name in expected:
                np.testing.assert_array_equal(found[name], expected[name])
        close(again.run(batches(20), 0.01), other.run(batches(20), 0.01), 1e-9)
        same(again, other, 1e-9)


@pytest.mark.parametrize("micro_batch", [None, 10])
def test_no_digit_depends_on_the_number_of_threads(monkeypatch, micro_batch):
    """Steps run on one thread, on two, or on one and two alternately."""

    class Alternating(ThreadCountTuner):
        def run(self, units, work):
            return sum(work(1 + first % self._ranks, first, 1) for first in range(units))

    def trained(threads: int, choice: type[ThreadCountTuner]) -> np.ndarray:
        monkeypatch.setattr(step_program, "ThreadCountTuner", choice)
        stepper = CompiledStepper(
            mlp(hidden=(64, 40), batch_norm=True)(np.float32),
            cross_entropy,
            Adam(),
            {"x": X, "y": LABELS},
            clipping=Clipping(norm=0.05),
            micro_batch=micro_batch,
            tuning=Tuning(threads=threads, barrier_cost=0),
        )
        stepper.run(np.array([np.arange(20)] * 30), 0.01)
        ranks = stepper._steps[micro_batch or 20].runner.code.ranks
        assert ranks == threads
        return stepper.parameters

    alone = trained(1, ThreadCountTuner)
    for choice in (ThreadCountTuner, Alternating):
        np.testing.assert_array_equal(trained(2, choice), alone)


def test_batches_larger_than_the_data_and_counted_from_the_end():
    rows = [np.arange(40) % ROWS, np.arange(40) % ROWS - ROWS, np.array([-1, 0])]
    both(Setup(mlp(batch_norm=True)), np.float64, steps=rows * 5)


def test_no_steps():
    compiled, reference = both(Setup(mlp()), np.float64, steps=[])
    assert compiled.gradient_norms() == reference.gradient_norms() == {}
    assert compiled.run([], 0.1).shape == (0,)


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
@pytest.mark.parametrize("name", ["everything", "calls"])
def test_predictions_of_any_number_of_rows(name, dtype):
    compiled, reference = both(MODELS[name], dtype, steps=batches(5))
    x = np.random.default_rng(1).normal(size=(1025, X.shape[1]))
    for rows in (0, 1, 2, 1023, 1024, 1025):
        found, expected = compiled.predict(x[:rows]), reference.predict(x[:rows])
        assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
        close(found, expected, TOLERANCE[dtype])
        if rows:
            labels = np.resize(LABELS, rows)
            one, other = (stepper.loss(x[:rows], labels) for stepper in (compiled, reference))
            close(one, other, TOLERANCE[dtype])
    steps = batches(40)[5:]
    close(compiled.run(steps, 0.01), reference.run(steps, 0.01), TOLERANCE[dtype])
    same(compiled, reference, TOLERANCE[dtype])


def test_a_prediction_is_not_overwritten_by_the_next():
    stepper = Setup(mlp()).stepper()
    first = stepper.predict(X)
    copy = first.copy()
    stepper.predict(-X)
    stepper.run(batches(3), 0.1)
    np.testing.assert_array_equal(first, copy)


@pytest.mark.parametrize("kind", ["i1", "u1", "i2", "u2", "i4", "u4", "u8"])
def test_narrow_labels_cost_no_instruction(kind):
    """They are converted once, and the steps are, bit for bit, those of int64."""
    steppers = [Setup(mlp(), y=LABELS.astype(dtype)).stepper() for dtype in (np.int64, kind)]
    wide, narrow = (stepper.run(batches(20), 0.01) for stepper in steppers)
    np.testing.assert_array_equal(wide, narrow)
    assert steppers[0].state().to_bytes() == steppers[1].state().to_bytes()
    programs = [stepper._steps[8].runner.program.instructions for stepper in steppers]
    assert [i.op for i in programs[0]] == [i.op for i in programs[1]]


@pytest.mark.parametrize("kind", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"])
@pytest.mark.parametrize("width", [1, 3])
def test_targets_of_integers_are_gathered_as_narrow_as_they_are(kind, width):
    def loss(outputs, y):
        wide = cr.broadcast_to(y, outputs.shape)
        return cr.mean((outputs - wide.astype(outputs.dtype) / 9.0) ** 2)

    y = np.random.default_rng(0).integers(0, 9, (ROWS, width)).astype(kind)
    for dtype in (np.float64, np.float32):
        compiled, reference = both(Setup(mlp(), loss, y=y), dtype, steps=batches(20))
        same(compiled, reference, TOLERANCE[dtype])
        step = compiled._steps[8]
        assert step.data["y"].dtype == y.dtype
        assert step.runner.compiled
