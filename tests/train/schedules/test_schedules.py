"""Schedules, against PyTorch's by their published recurrences and closed forms."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from chainrule import nn
from chainrule.errors import OptionError, UnknownNameError
from chainrule.train.data.arrays import from_arrays
from chainrule.train.data.batches import epoch_order
from chainrule.train.loop.callbacks import Callbacks
from chainrule.train.loop.session import Session
from chainrule.train.optimizers import SGD
from chainrule.train.options import RunOptions, TrainingOptions
from chainrule.train.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    LearningRate,
    Plateau,
    Schedule,
    Span,
    StepDecay,
    WarmUp,
    get,
)

BASE, EPOCHS, PER_EPOCH = 0.3, 7, 5
TOTAL = EPOCHS * PER_EPOCH


def whole(schedule: Schedule, warm_up: WarmUp | None = None) -> np.ndarray:
    """The learning rates of all steps of a run whose validation loss is not asked for."""
    rate = LearningRate(BASE, schedule, warm_up)
    spans = [Span(epoch, EPOCHS, PER_EPOCH) for epoch in range(EPOCHS)]
    return np.concatenate([rate.of(span, schedule.start()) for span in spans])


def test_constant_changes_no_bit():
    assert whole(Constant()).tolist() == [BASE] * TOTAL


def test_step_agrees_with_steplr():
    """`StepLR`: lr ← lr · gamma in every epoch that `step_size` divides."""
    rate, expected = BASE, []
    for epoch in range(EPOCHS):
        if epoch and epoch % 3 == 0:
            rate *= 0.2
        expected += [rate] * PER_EPOCH
    np.testing.assert_allclose(whole(StepDecay(3, 0.2)), expected, rtol=1e-14)


@pytest.mark.parametrize("floor", [0.0, 0.01, 1.0])
def test_cosine_agrees_with_cosineannealinglr(floor: float):
    """`CosineAnnealingLR`, as it is computed: from the rate of the step before."""
    least, rate, expected = floor * BASE, BASE, []
    for t in range(TOTAL):
        if t:
            above = 1 + math.cos(math.pi * t / TOTAL)
            rate = above / (1 + math.cos(math.pi * (t - 1) / TOTAL)) * (rate - least) + least
        expected.append(rate)
    np.testing.assert_allclose(whole(Cosine(floor)), expected, rtol=1e-11)


@pytest.mark.parametrize("length", [1, 4, 5, 12, 100])
@pytest.mark.parametrize("schedule", [Constant(), StepDecay(2), Cosine(0.1)], ids=str)
def test_warm_up_agrees_with_chained_linearlr(length: int, schedule: Schedule):
    """`LinearLR`: start_factor + (1 − start_factor) · min(t, total_iters) / total_iters."""
    first, iters = 1 / length, max(length - 1, 1)
    ramp = [first + (1 - first) * min(t, iters) / iters for t in range(TOTAL)]
    expected = whole(schedule) * ramp
    np.testing.assert_allclose(whole(schedule, WarmUp(length)), expected, rtol=1e-13)


def test_warm_up_by_epochs():
    found = whole(Cosine(), WarmUp(2, "epochs"))
    assert found.tolist() == whole(Cosine(), WarmUp(2 * PER_EPOCH)).tolist()


def torch_plateau(losses: list[float], patience: int, factor: float, threshold: float):
    """`ReduceLROnPlateau` in mode min, relative threshold, no cooldown: lr after each epoch."""
    best, bad, rate, rates = math.inf, 0, BASE, []
    for loss in losses:
        if loss < best * (1 - threshold):
            best, bad = loss, 0
        else:
            bad += 1
        if bad > patience:
            rate, bad = rate * factor, 0
        rates.append(rate)
    return rates


@pytest.mark.parametrize("patience", [0, 1, 3])
@pytest.mark.parametrize("threshold", [0.0, 1e-4, 0.2])
@pytest.mark.parametrize("seed", range(5))
def test_plateau_agrees_with_reducelronplateau(patience: int, threshold: float, seed: int):
    rng = np.random.default_rng(seed)
    losses = (np.exp(-np.arange(30) / 9) + 0.2 * rng.random(30)).tolist()
    losses[4] = math.nan
    schedule, found = Plateau(patience, 0.5, threshold), []
    state = schedule.start()
    for loss in losses:
        state = schedule.after(state, loss)
        found.append(BASE * schedule.factors(Span(0, 1, 1), state))
    expected = torch_plateau(losses, patience, 0.5, threshold)
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    assert found[-1] < BASE


def test_plateau_ignores_a_first_loss_that_is_nan():
    schedule = Plateau(0, 0.5)
    state = schedule.after(schedule.start(), math.nan)
    assert schedule.after(state, 1.0)["least"] == 1.0


@pytest.mark.parametrize("name", SCHEDULES)
def test_text_describes_a_schedule_completely(name: str):
    schedule = get("step(3)" if name == "step" else name)
    assert get(str(schedule)) == schedule
    assert schedule.name == name
    tables = RunOptions("iris", schedule=str(schedule)).to_tables()
    assert tables["training"]["schedule"] == str(schedule)


def test_whole_numbers_stay_whole():
    assert get("step(10, 0.5)") == StepDecay(10, 0.5)
    assert str(get("plateau(2)")) == "plateau(patience=2, factor=0.1, threshold=0.0001)"


@pytest.mark.parametrize(
    ("option", "error", "words"),
    [
        ("cosin", UnknownNameError, "did you mean cosine"),
        ("step", OptionError, r"step\(every, gamma\)"),
        ("step(0)", OptionError, "step every: expected a whole number of epochs above 0, got 0"),
        ("step(1.5)", OptionError, "whole number"),
        ("step(2, 0)", OptionError, r"gamma: expected a number in \(0, 1\]"),
        ("cosine(2)", OptionError, r"floor: expected a number in \[0, 1\]"),
        ("cosine(0, 1)", OptionError, r"cosine\(floor\)"),
        ("plateau(-1)", OptionError, "patience"),
        ("plateau(1, 1)", OptionError, "factor"),
        ("plateau(1, 0.5, 1)", OptionError, "threshold"),
        ("constant(1)", OptionError, "constant alone"),
    ],
)
def test_invalid_schedules(option: str, error: type[Exception], words: str):
    with pytest.raises(error, match=words):
        get(option)
    with pytest.raises(error, match=words):
        RunOptions(schedule=option)


@pytest.mark.parametrize("option", ["", "0", "-1", "1.5", "2 weeks", "epochs", 0])
def test_invalid_warm_ups(option: str | int):
    with pytest.raises(OptionError, match="warm-up: expected a length such as"):
        WarmUp.of(option)


@pytest.mark.parametrize("option", [3, "3", "3 steps", " 3steps ", WarmUp(3)])
def test_warm_up_is_parsed(option: str | int | WarmUp):
    assert WarmUp.of(option) == WarmUp(3)
    assert WarmUp.of("1 epoch") == WarmUp(1, "epochs") == WarmUp.of(str(WarmUp(1, "epochs")))


RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(27, 4)), np.arange(27) % 3


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize("schedule", ["step(2, 0.5)", "cosine(0.1)", "plateau(0, 0.5)"])
def test_training_uses_the_scheduled_rates(schedule: str, engine: str):
    """θ ← θ − ηₜ·∂L/∂θ for a linear softmax classifier, by NumPy."""
    dataset = from_arrays(X, LABELS, validation_fraction=0.2)
    model = nn.mlp(4, (), 3, seed=1)
    w, b = (tensor.value.copy() for tensor in model.parameters().values())
    session = Session(
        model,
        dataset,
        TrainingOptions(
            optimizer=SGD(0.3), schedule=schedule, warm_up=5, batch_size=8, engine=engine
        ),
    )
    history, batches = [], session.loop.source.sizes
    session.loop.run(6, Callbacks(on_epoch=history.append))

    def gradient(part, rows):
        z = part.x[rows] @ w.T + b
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(p)), part.y[rows]]).mean()
        p[np.arange(len(p)), part.y[rows]] -= 1
        return loss, p.T @ part.x[rows] / len(p), p.mean(axis=0)

    losses: list[float] = []
    for epoch in range(6):
        order = epoch_order(batches.rows, batches.seed, epoch + 1)
        for batch in range(batches.per_epoch):
            rows = batches.chunk(order, batch, 1)[0]
            t = epoch * batches.per_epoch + batch
            if schedule.startswith("step"):
                rate = 0.3 * 0.5 ** (epoch // 2)
            elif schedule.startswith("cosine"):
                wave = (1 + math.cos(math.pi * t / (6 * batches.per_epoch))) / 2
                rate = 0.3 * (0.1 + 0.9 * wave)
            else:
                rate = torch_plateau(losses, 0, 0.5, 1e-4)[-1] if losses else BASE
            rate *= min(1, (t + 1) / 5)
            _, dw, db = gradient(dataset.train, rows)
            w, b = w - rate * dw, b - rate * db
        losses.append(gradient(dataset.validation, slice(None))[0])
        np.testing.assert_allclose(history[epoch].learning_rate, rate, rtol=1e-12)
        np.testing.assert_allclose(history[epoch].validation_loss, losses[-1], rtol=1e-10)
    session.stepper.store()
    found = model.parameters()
    np.testing.assert_allclose(found["layers.0.weight"].value, w, rtol=1e-10)
    np.testing.assert_allclose(found["layers.0.bias"].value, b, rtol=1e-10, atol=1e-14)


def test_plateau_needs_validation_rows():
    with pytest.raises(OptionError, match="plateau: expected validation rows"):
        Session(nn.mlp(4, (), 3), from_arrays(X, LABELS), TrainingOptions(schedule="plateau"))


def test_a_number_is_whole_because_it_is_declared_so():
    """Whatever the words of the message are."""

    @dataclasses.dataclass(frozen=True)
    class Share(Constant):
        share: float = 0.5

        def __post_init__(self):
            self._check("share", float, "a share of the whole", lambda value: 0 <= value <= 1)

    @dataclasses.dataclass(frozen=True)
    class Count(Constant):
        count: int = 2

        def __post_init__(self):
            self._check("count", int, "how many", lambda value: value >= 0)

    assert Share(0.25).share == 0.25
    assert type(Share(1).share) is float
    assert type(Count(3.0).count) is int
    with pytest.raises(OptionError, match=r"constant count: expected how many, got 1\.5"):
        Count(1.5)
