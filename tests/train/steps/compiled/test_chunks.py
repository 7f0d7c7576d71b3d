"""The compiled stepper gives the same numbers when resumed, cut into chunks, or repeated."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from chainrule import nn
from chainrule.ops.losses import LOSSES, mse
from chainrule.train.optimizers import SGD, Adam, RMSProp
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.stepper import Stepper, make_stepper
from chainrule.train.storage.checkpoint import Checkpoint
from train.compiled_cases import LABELS, MODELS, X, batches

EVERYTHING = ["everything", "calls and batch norm", "dropout", "more axes"]


STEPS = batches(24)


def in_chunks(stepper: Stepper, size: int, rates: np.ndarray) -> np.ndarray:
    parts = [
        stepper.run(STEPS[i : i + size], rates[i : i + size]) for i in range(0, len(STEPS), size)
    ]
    return np.concatenate(parts)


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
@pytest.mark.parametrize("name", EVERYTHING)
def test_chunks_make_no_difference(name, dtype):
    setup = replace(MODELS[name], clipping=Clipping(value=0.2, norm=0.3))
    rates = np.linspace(0.02, 0.01, len(STEPS))
    whole = setup.stepper(dtype=dtype)
    losses = whole.run(STEPS, rates)
    for size in (1, 7):
        stepper = setup.stepper(dtype=dtype)
        np.testing.assert_array_equal(in_chunks(stepper, size, rates), losses)
        assert stepper.state().to_bytes() == whole.state().to_bytes()
        assert stepper.gradient_norms() == whole.gradient_norms()
        np.testing.assert_array_equal(stepper.gradients, whole.gradients)


@pytest.mark.parametrize("optimizer", [Adam(), SGD(momentum=0.9), RMSProp(momentum=0.5)], ids=str)
@pytest.mark.parametrize("name", EVERYTHING)
def test_a_resumed_run_is_the_same_bit_for_bit(name, optimizer):
    setup = replace(MODELS[name], optimizer=optimizer)
    whole, first, second = (setup.stepper(dtype=np.float32) for _ in range(3))
    losses = whole.run(STEPS, 0.01)
    before = first.run(STEPS[:10], 0.01)
    content = first.state().to_bytes()
    first.run(STEPS[10:], 0.5)  # what is saved stays as it was
    second.run(STEPS[:3], 0.5)  # and what was before does not show
    second.predict(setup.x)
    second.load_state(Checkpoint.from_bytes(content))
    after = second.run(STEPS[10:], 0.01)
    np.testing.assert_array_equal(np.concatenate([before, after]), losses)
    assert second.state().to_bytes() == whole.state().to_bytes()


@pytest.mark.parametrize("name", EVERYTHING)
def test_predictions_between_steps_make_no_difference(name):
    setup = MODELS[name]
    quiet, curious = setup.stepper(), setup.stepper()
    losses = quiet.run(STEPS, 0.01)
    for step, loss in zip(STEPS, losses, strict=True):
        assert curious.run([step], 0.01)[0] == loss
        curious.predict(setup.x)
        curious.loss(setup.x[:5], setup.y[:5])
    assert curious.state().to_bytes() == quiet.state().to_bytes()


def test_dropout_depends_on_the_number_of_the_step():
    setup = MODELS["dropout"]
    one, other = setup.stepper(), setup.stepper()
    np.testing.assert_array_equal(one.run(STEPS, 0.01), other.run(STEPS, 0.01))
    still = setup.stepper()
    losses = still.run([STEPS[0]] * 3, 1e-300)  # nothing is learned, and still the losses differ
    assert len(set(losses.tolist())) == 3


def test_parameters_are_stored_and_the_model_untouched_until_then():
    model = MODELS["everything"].model(np.float64)
    setup = replace(MODELS["everything"], model=lambda dtype: model)
    before = {name: t.value for name, t in (model.parameters() | model.buffers()).items()}
    stepper = setup.stepper()
    stepper.run(STEPS, 0.01)
    for name, tensor in (model.parameters() | model.buffers()).items():
        np.testing.assert_array_equal(tensor.value, before[name])
    stepper.store()
    np.testing.assert_allclose(model(X).value, stepper.predict(X), rtol=1e-12, atol=1e-14)
    assert all((t.value != before[name]).any() for name, t in model.buffers().items())


@pytest.mark.parametrize("micro_batch", [None, 4])
def test_steps_allocate_no_copies(micro_batch):
    """Arenas have their own pages, so only copies and temporaries are traced."""
    model = nn.mlp(5, (400, 400), 3, dtype=np.float32)
    stepper = make_stepper(
        model,
        LOSSES["cross_entropy"],
        Adam(),
        X,
        LABELS,
        micro_batch=micro_batch,
        engine="compiled",
    )
    steps = [np.arange(8)] * 4
    stepper.run(steps, 0.01)
    tracemalloc.start()
    try:
        stepper.run(steps, 0.01)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < stepper.parameters.nbytes / 4


@pytest.mark.parametrize(
    "optimizer", [Adam(beta2=0.999999), Adam(beta1=0.999999), RMSProp(alpha=0.999999)], ids=str
)
def test_one_minus_beta_is_not_rounded_early(optimizer):
    """1 − β of a β near 1 keeps few of float32's digits."""
    x = np.array([[1.0], [2.0]], np.float32)
    ends = []
    for engine in ("compiled", "reference"):
        model = nn.Linear.of(np.zeros((1, 1), np.float32))
        stepper = make_stepper(model, mse, optimizer, x, 3 * x, engine=engine)
        stepper.run([np.arange(2)], 0.1)
        ends.append(stepper.parameters)
    np.testing.assert_allclose(*ends, rtol=1e-6)
