"""Steps of the compiled stepper that fail, or come near overflow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import TrainingError
from chainrule.ops.losses import mse
from chainrule.train.optimizers import SGD, Adam, RMSProp
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.stepper import Stepper, make_stepper
from train.compiled_cases import MODELS, Setup, X


def failing(stepper: Stepper, steps: list, rates: np.ndarray, size: int) -> str:
    """The message of a run in chunks that must fail."""

    def run() -> None:
        for i in range(0, len(steps), size):
            stepper.run(steps[i : i + size], rates[i : i + size])

    with pytest.raises(TrainingError) as caught:
        run()
    return str(caught.value)


@pytest.mark.parametrize("size", [1, 4, 12])
@pytest.mark.parametrize("name", ["loss mse", "calls", "batch norm"])
def test_a_loss_that_is_not_finite_stops_at_its_step(name, size):
    setup = MODELS[name]
    x = setup.x.copy()
    x[13] = np.nan  # the step with this row fails
    steps = [np.arange(8), np.arange(5), np.arange(8), np.arange(10, 18), np.arange(8)] * 2
    whole, until = replace(setup, x=x).stepper(), replace(setup, x=x).stepper()
    message = failing(whole, steps, np.full(len(steps), 0.01), size)
    assert "training step 4: expected a finite loss, got nan, first seen in x (input)" in message
    until.run(steps[:3], 0.01)
    assert whole.step == until.step == 3
    assert whole.state().to_bytes() == until.state().to_bytes()
    whole.run(steps[:3], 0.01)  # it can go on
    assert whole.step == 6


@pytest.mark.parametrize("size", [1, 3, 12])
@pytest.mark.parametrize("clipping", [None, Clipping(value=0.1), Clipping(norm=0.1)], ids=str)
@pytest.mark.parametrize("calls", [False, True])
def test_a_gradient_that_is_not_finite_stops_at_its_step(calls, clipping, size):
    def loss(output: cr.Tensor, target: cr.Tensor) -> cr.Tensor:
        root = cr.sqrt(output)  # its derivative is infinite at 0
        # entries picked by an array of indices: a reference value, called
        return cr.sum(root[np.zeros(1, int)] if calls else root) + 0.0 * cr.sum(target)

    x = np.array([[1.0], [2.0], [-2.0], [4.0]])
    steps = [np.array([i]) for i in (0, 1, 3, 0, 2, 1)]
    setup = Setup(lambda _: nn.Linear.of([[0.5]], [1.0]), loss, x, x, SGD(), clipping)
    stepper, until = setup.stepper(), setup.stepper()
    message = failing(stepper, steps, np.full(6, 1e-30), size)  # too small to change anything
    assert "training step 5: expected a finite gradient of weight, got -inf" in message
    assert "first seen in" in message
    assert "x (input)" not in message
    until.run(steps[:4], 1e-30)
    assert stepper.step == 4
    assert stepper.state().to_bytes() == until.state().to_bytes()


def test_the_first_instruction_that_went_wrong_is_named():
    def loss(output: cr.Tensor, target: cr.Tensor) -> cr.Tensor:
        grown = cr.matmul(output, np.full((1, 1), 1e300)).named("grown")
        return cr.mean(cr.square(cr.matmul(grown, np.full((1, 1), 1e300)).named("burst") - target))

    x = np.ones((4, 1))
    stepper = make_stepper(nn.Linear.of([[1.0]]), loss, SGD(), x, x, engine="compiled")
    with pytest.raises(TrainingError, match=r"step 1: expected a finite loss.*first seen in burst"):
        stepper.run([np.arange(4)], 0.1)


@pytest.mark.parametrize("size", [1, 4, 12])
def test_an_update_that_overflows_is_not_made(size):
    steps, rates = [np.arange(8)] * 6, np.array([0.1, 0.1, 1e308, 0.1, 0.1, 0.1])
    setup = Setup(lambda _: nn.mlp(5, (6,), 5, seed=0), mse, X, 100 * X, SGD())
    stepper, until = setup.stepper(), setup.stepper()
    message = failing(stepper, steps, rates, size)
    assert "training step 3: expected a finite layers.0.weight after the update, got" in message
    until.run(steps[:2], 0.1)
    assert stepper.step == 2
    assert stepper.state().to_bytes() == until.state().to_bytes()


@pytest.mark.parametrize("size", [1, 6])
@pytest.mark.parametrize("micro_batch", [None, 4])
def test_running_statistics_that_overflow_are_not_kept(size, micro_batch):
    """The variance of the batch is infinite, what is divided by its root is 0."""
    x = X.copy()
    x[13] = 1e200
    steps, rates = [np.arange(8)] * 3 + [np.arange(8, 16)] + [np.arange(8)] * 2, np.full(6, 0.01)

    def new_stepper() -> Stepper:
        model = nn.Sequential(nn.BatchNorm(5), nn.Linear(5, 5, seed=1))
        return make_stepper(model, mse, SGD(), x, X, micro_batch=micro_batch, engine="compiled")

    stepper, until = new_stepper(), new_stepper()
    message = failing(stepper, steps, rates, size)
    assert "training step 4: expected a finite layers.0.running_var after the update" in message
    until.run(steps[:3], 0.01)
    assert stepper.state().to_bytes() == until.state().to_bytes()


@pytest.mark.parametrize("optimizer", [SGD(), Adam(eps=0.0), RMSProp()], ids=str)
def test_steps_near_overflow_are_made_one_by_one(optimizer):
    """Gradients of 1e160: their squares are not finite, clipped by norm they are."""
    setup = Setup(
        lambda _: nn.Linear.of([[1.0, 2.0]]),
        lambda output, target: 1e160 * cr.sum(output) + 0.0 * cr.sum(target),
        X[:, :2],
        X,
        optimizer,
        Clipping(norm=1.0),
    )
    one, other = setup.stepper(), setup.stepper("reference")
    steps = [np.arange(8)] * 3
    np.testing.assert_allclose(one.run(steps, 0.1), other.run(steps, 0.1), rtol=1e-9)
    np.testing.assert_allclose(one.parameters, other.parameters, rtol=1e-9)


def test_a_gradient_whose_square_overflows_is_still_clipped_by_norm():
    def loss(output: cr.Tensor, target: cr.Tensor) -> cr.Tensor:
        return 1e200 * cr.sum(output) + 0.0 * cr.sum(target)

    for engine in ("compiled", "reference"):
        model, clipping = nn.Linear.of([[1.0, 2.0]]), Clipping(norm=1.0)
        stepper = make_stepper(model, loss, SGD(), X[:, :2], X, clipping=clipping, engine=engine)
        stepper.run([np.arange(8)], 0.1)
        move = stepper.parameters - [1.0, 2.0]
        np.testing.assert_allclose(np.linalg.norm(move), 0.1, rtol=1e-12)


def test_a_loss_that_is_nan_is_noticed():
    """The compiler may reorder sums, so that x − x is 0 whatever x is."""
    rng = np.random.default_rng(0)
    data = rng.normal(size=(60, 4)), rng.integers(0, 3, 60)
    with pytest.raises(TrainingError, match="training step 1: expected a finite loss"):
        cr.fit(nn.mlp(4, (8,), 3), data, class_weights=[1, 1e308, 1])


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_parameters_that_decay_beyond_all_bounds_stop_at_their_step(momentum):
    ends = []
    for size in (1, 5, 40):
        stepper = make_stepper(
            nn.mlp(6, [5], 3, dtype=np.float32), mse, SGD(0.1, momentum=momentum, weight_decay=1e6),
            np.ones((8, 6), np.float32), np.ones((8, 3), np.float32), engine="compiled",
        )  # fmt: skip
        order = np.tile(np.arange(8), (40, 1))
        chunks = (order[i : i + size] for i in range(0, 40, size))
        with pytest.raises(TrainingError) as error:
            np.concatenate([stepper.run(chunk, 0.1) for chunk in chunks])
        ends.append((str(error.value), stepper.step, stepper.state().to_bytes()))
        assert np.isfinite(stepper.parameters).all()
    assert ends[0] == ends[1] == ends[2]


@pytest.mark.parametrize("rate", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_rate_that_is_nan_stops_at_its_step(rate, step):
    stepper = make_stepper(nn.mlp(6, [5], 3), mse, SGD(), *ones(), engine="compiled")
    rates = np.full(3, 0.1)
    rates[step] = rate
    with pytest.raises(TrainingError, match=f"training step {step + 1}:"):
        stepper.run(np.tile(np.arange(8), (3, 1)), rates)
    assert stepper.step == step
    assert np.isfinite(stepper.parameters).all()
    assert stepper.gradient_norms() == {}


def ones() -> tuple[np.ndarray, np.ndarray]:
    return np.ones((8, 6)), np.ones((8, 3))
