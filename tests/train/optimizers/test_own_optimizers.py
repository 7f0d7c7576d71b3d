"""Optimizers of one's own: trained by their rule on the reference engine, refused elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import OptionError, RunError, ShapeError
from chainrule.ops.losses import mse
from chainrule.train import optimizers
from chainrule.train.optimizers import SGD, Adam, Optimizer
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.stepper import Stepper, make_stepper
from chainrule.train.storage.checkpoint import Checkpoint

RNG = np.random.default_rng(5)
X = RNG.normal(size=(12, 3))
Y = RNG.normal(size=(12, 1))
BATCHES = [np.random.default_rng(k).permutation(12)[:4] for k in range(20)]


@dataclass(frozen=True)
class SignMomentum(Optimizer):
    """v ← μv + g;  θ ← θ − η·sign(v)·|v|ᵖ, with v at the entries' numbers before the first step."""

    name: ClassVar[str] = "sign momentum"
    learning_rate: float = 0.01
    momentum: float = 0.5
    power: float = 0.5

    @property
    def slots(self) -> tuple[str, ...]:
        return ("v",)

    def init(self, n: int, dtype: Any = np.float64) -> optimizers.State:
        return {"v": np.arange(n).astype(dtype) / 10}

    def _step(
        self, params: Any, grads: Any, state: optimizers.State, step: int, rate: float
    ) -> None:
        v = state["v"]
        v *= self.momentum
        v += grads
        params -= rate * np.sign(v) * np.abs(v) ** self.power / step


@dataclass(frozen=True)
class CalledSGD(SignMomentum):
    name: ClassVar[str] = "sgd"


@dataclass(frozen=True)
class CalledAdam(SignMomentum):
    name: ClassVar[str] = "adam"
    beta1: float = 0.9


class Backwards(Adam):  # type: ignore[misc]  # final for type checkers, not for Python
    """Adam uphill."""

    def _step(self, params: Any, grads: Any, state: Any, step: int, rate: float) -> None:
        super()._step(params, -grads, state, step, rate)


class Unchanged(SGD):  # type: ignore[misc]
    """Nothing is overridden, yet: nobody can say so for all of its methods."""


class Nameless(Optimizer):
    """With an `__init__` of its own, and no name."""

    def __init__(self, learning_rate: float = 0.1, factor: float = 1.0) -> None:
        super().__init__(learning_rate)
        object.__setattr__(self, "factor", factor)

    @property
    def slots(self) -> tuple[str, ...]:
        return ()

    def _step(self, params: Any, grads: Any, state: Any, step: int, rate: float) -> None:
        params -= rate * self.factor * grads  # type: ignore[attr-defined]


OWN = [SignMomentum(), CalledSGD(), CalledAdam(), Backwards(), Unchanged(), Nameless()]


def name_of(optimizer: object) -> str:
    return type(optimizer).__name__


def model(dtype: Any = np.float64) -> cr.nn.Sequential:
    return cr.nn.mlp(3, (), 1, seed=1, dtype=np.dtype(dtype))


def stepper(optimizer: Any, engine: str = "reference", **options: Any) -> Stepper:
    return make_stepper(model(), mse, optimizer, X, Y, engine=engine, **options)


def slope(theta: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """∂/∂(w, b) of the mean of (xw + b − y)²."""
    x = np.column_stack([X[rows], np.ones(len(rows))])
    return 2 / len(rows) * x.T @ (x @ theta - Y[rows, 0])


def by_hand(theta: np.ndarray, batches: Any = BATCHES, rate: float = 0.01) -> np.ndarray:
    theta, v = theta.copy(), np.arange(4) / 10
    for step, rows in enumerate(batches, 1):
        v = 0.5 * v + slope(theta, rows)
        theta -= rate * np.sign(v) * np.abs(v) ** 0.5 / step
    return theta


@pytest.mark.parametrize("optimizer", OWN, ids=name_of)
def test_the_compiled_engine_refuses_them_by_class_and_says_what_works(optimizer):
    for run in (
        lambda: stepper(optimizer, "compiled"),
        lambda: cr.fit(model(), (X, Y[:, 0]), optimizer=optimizer),
    ):
        with pytest.raises(OptionError) as error:
            run()
        for word in (type(optimizer).__name__, "SGD, RMSProp, Adagrad, Adam, AdamW"):
            assert word in str(error.value)
        assert 'engine="reference"' in error.value.remedy


@pytest.mark.parametrize("name", optimizers.names())
def test_the_compiled_engine_takes_all_built_in_ones(name):
    stepper(optimizers.get(name), "compiled")


@pytest.mark.parametrize("optimizer", [SignMomentum(), CalledSGD(), CalledAdam()], ids=name_of)
def test_the_reference_engine_uses_their_rule(optimizer):
    one = stepper(optimizer)
    before = one.parameters
    one.run(BATCHES, 0.01)
    np.testing.assert_allclose(one.parameters, by_hand(before), rtol=1e-12)


def test_the_reference_engine_uses_the_rule_of_a_subclass():
    uphill = stepper(Backwards())
    theta = uphill.parameters
    uphill.run(BATCHES[:1], 0.01)
    g = -slope(theta, BATCHES[0])
    np.testing.assert_allclose(uphill.parameters, theta - 0.01 * g / (abs(g) + 1e-8), rtol=1e-12)


def test_fit_uses_their_rule():
    own = model()
    theta = stepper(SGD()).parameters
    cr.fit(
        own, (X, Y[:, 0]), loss="mse", optimizer=SignMomentum(0.3), learning_rate=0.02,
        batch_size="full", epochs=15, engine="reference",
    )  # fmt: skip
    y = Y[:, 0]
    found = np.concatenate([p.value.ravel() for p in own.parameters().values()])
    v, expected = np.arange(4) / 10, theta.copy()
    design = np.column_stack([X, np.ones(12)])
    for step in range(1, 16):
        v = 0.5 * v + 2 / 12 * design.T @ (design @ expected - y)
        expected -= 0.02 * np.sign(v) * np.abs(v) ** 0.5 / step
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_another_learning_rate_leaves_every_other_hyperparameter():
    theta = stepper(SGD()).parameters
    own = model()
    cr.fit(
        own, (X, Y[:, 0]), loss="mse", optimizer=Nameless(0.5, factor=3.0), learning_rate=0.01,
        batch_size="full", epochs=1, engine="reference",
    )  # fmt: skip
    found = np.concatenate([p.value.ravel() for p in own.parameters().values()])
    np.testing.assert_allclose(found, theta - 0.03 * slope(theta, np.arange(12)), rtol=1e-12)
    with pytest.raises(OptionError, match=r"a number above 0, got -1\.0$"):
        cr.fit(model(), (X, Y), optimizer=Nameless(), learning_rate=-1.0, engine="reference")


@pytest.mark.parametrize(
    "optimizer", [Adam, object(), 3, None], ids=lambda given: type(given).__name__
)
def test_fit_refuses_what_is_no_optimizer(optimizer):
    for engine in ("compiled", "reference"):
        with pytest.raises(OptionError, match="a name, or an Optimizer"):
            cr.fit(model(), (X, Y), optimizer=optimizer, engine=engine)


def test_clipping_comes_before_their_rule():
    one = stepper(SignMomentum(momentum=0.0, power=1.0), clipping=Clipping(norm=0.1))
    theta = one.parameters
    one.run(BATCHES[:1], 0.01)
    g = slope(theta, BATCHES[0])
    np.testing.assert_allclose(
        one.parameters, theta - 0.01 * g * 0.1 / np.linalg.norm(g), rtol=1e-12
    )


def test_resumed_from_a_checkpoint_they_are_the_same_bit_for_bit():
    whole, first = stepper(SignMomentum()), stepper(SignMomentum())
    whole.run(BATCHES, 0.01)
    first.run(BATCHES[:7], 0.01)
    again = stepper(SignMomentum())
    again.load_state(Checkpoint.from_bytes(first.state().to_bytes()))
    again.run(BATCHES[7:], 0.01)
    assert (again.parameters == whole.parameters).all()
    assert (again.state().slots["v"] == whole.state().slots["v"]).all()
    again = stepper(Nameless())
    again.load_state(stepper(Nameless()).state())
    with pytest.raises(RunError, match="with the model and optimizer the run began with"):
        again.load_state(first.state())


@pytest.mark.parametrize("optimizer", OWN, ids=name_of)
def test_a_configuration_cannot_name_them(optimizer):
    """A name and numbers would come back as a built-in optimizer, or as none."""
    with pytest.raises(OptionError, match=f"got {type(optimizer).__name__}"):
        optimizers.to_dict(optimizer)


@pytest.mark.parametrize("state", [{"v": np.zeros(())}, {"v": np.zeros(3)}, {"v": 0.0}, {}])
def test_a_state_that_does_not_fit_is_refused_before_the_first_step(state):
    class Odd(SignMomentum):
        def init(self, n: int, dtype: Any = np.float64) -> optimizers.State:
            return dict(state)

    with pytest.raises(ShapeError, match=r"sign momentum init: expected v of shape \(4,\)"):
        stepper(Odd())


def test_a_state_takes_the_dtype_of_the_model():
    class Wide(SignMomentum):
        def init(self, n: int, dtype: Any = np.float64) -> optimizers.State:
            return {"v": np.ones(n)}

    one = make_stepper(model(np.float32), mse, Wide(), X, Y)
    one.run(BATCHES[:2], 0.01)
    assert one.state().slots["v"].dtype == np.float32
