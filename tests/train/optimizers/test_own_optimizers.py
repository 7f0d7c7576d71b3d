"""Optimizers of one's own: trained by their rule on either engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import OptionError, RunError, ShapeError, TrainingError
from chainrule.ops.losses import mse
from chainrule.train import optimizers
from chainrule.train.optimizers import SGD, Adam, Optimizer
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.compiled.update_phase import UpdatePhase
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

    def rule(self, params: Any, grads: Any, state: Any, step: Any, rate: Any) -> Any:
        v = self.momentum * state["v"] + grads
        return params - rate * np.sign(v) * np.abs(v) ** self.power / step, {"v": v}


@dataclass(frozen=True)
class InPlace(SignMomentum):
    """The same, written as it was before there were rules."""

    name: ClassVar[str] = "in place"

    def _step(
        self, params: Any, grads: Any, state: optimizers.State, step: int, rate: float
    ) -> None:
        v = state["v"]
        v *= self.momentum
        v += grads
        params -= rate * np.sign(v) * np.abs(v) ** self.power / step


@dataclass(frozen=True)
class Choosing(SignMomentum):
    """The same, with an `if` on the step and a sum: it only runs in Python."""

    name: ClassVar[str] = "choosing"

    def rule(self, params: Any, grads: Any, state: Any, step: Any, rate: Any) -> Any:
        if step < 1 or not np.isfinite(grads.sum()):
            raise ArithmeticError
        return super().rule(params, grads, state, step, rate)


@dataclass(frozen=True)
class EntryByEntry(SignMomentum):
    """Each parameter, in the order of the flat vector, has a rate of its own."""

    name: ClassVar[str] = "entry by entry"

    def rule(self, params: Any, grads: Any, state: Any, step: Any, rate: Any) -> Any:
        return params - rate * np.linspace(0, 1, params.size) * grads, state


@dataclass(frozen=True)
class CalledSGD(SignMomentum):
    name: ClassVar[str] = "sgd"


@dataclass(frozen=True)
class CalledAdam(SignMomentum):
    name: ClassVar[str] = "adam"
    beta1: float = 0.9


class Backwards(Adam):  # type: ignore[misc]  # final for type checkers, not for Python
    """Adam uphill."""

    def rule(self, params: Any, grads: Any, state: Any, step: Any, rate: Any) -> Any:
        return super().rule(params, -grads, state, step, rate)


class BackwardsInPlace(Adam):  # type: ignore[misc]
    def _step(self, params: Any, grads: Any, state: Any, step: int, rate: float) -> None:
        super()._step(params, -grads, state, step, rate)


class Unchanged(SGD):  # type: ignore[misc]
    """Nothing is overridden."""


class Nameless(Optimizer):
    """With an `__init__` of its own, and no name."""

    def __init__(self, learning_rate: float = 0.1, factor: float = 1.0) -> None:
        super().__init__(learning_rate)
        object.__setattr__(self, "factor", factor)

    @property
    def slots(self) -> tuple[str, ...]:
        return ()

    def rule(self, params: Any, grads: Any, state: Any, step: Any, rate: Any) -> Any:
        return params - rate * self.factor * grads, {}  # type: ignore[attr-defined]


OWN = [
    SignMomentum(), CalledSGD(), CalledAdam(), Backwards(), Unchanged(), Nameless(),
    InPlace(), Choosing(), BackwardsInPlace(), EntryByEntry(),
]  # fmt: skip
ENGINES = ("compiled", "reference")


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
@pytest.mark.parametrize("hidden", [(), (17, 20)], ids=["linear", "column-major"])
@pytest.mark.parametrize("clipping", [None, Clipping(value=0.5, norm=0.3)], ids=["", "clipped"])
def test_the_engines_agree(optimizer, hidden, clipping):
    """Whole batches and the partial one at the end of an epoch, in several calls."""
    steppers = [
        make_stepper(
            cr.nn.mlp(3, hidden, 1, activation="tanh", seed=1), mse, optimizer, X, Y,
            clipping=clipping, engine=engine,
        )
        for engine in ENGINES
    ]  # fmt: skip
    batches = [*BATCHES[:7], np.arange(3), *BATCHES[7:]]
    for some in (batches[:5], batches[5:6], batches[6:]):
        losses = [one.run(some, 0.01) for one in steppers]
        np.testing.assert_allclose(*losses, rtol=1e-9)
    np.testing.assert_allclose(*(one.parameters for one in steppers), rtol=1e-8, atol=1e-10)
    states = [one.state() for one in steppers]
    for slot in states[0].slots:
        np.testing.assert_allclose(*(state.slots[slot] for state in states), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    ("optimizer", "compiles"),
    [(o, type(o) not in (InPlace, EntryByEntry, Choosing, BackwardsInPlace)) for o in OWN],
    ids=str,
)
def test_what_is_elementwise_is_compiled(optimizer, compiles):
    assert (UpdatePhase(optimizer, Clipping(), 4, np.dtype(float)).compiled is not None) == compiles


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "optimizer", [SignMomentum(), CalledSGD(), CalledAdam(), InPlace(), Choosing()], ids=name_of
)
def test_either_engine_uses_their_rule(optimizer, engine):
    one = stepper(optimizer, engine)
    before = one.parameters
    one.run(BATCHES, 0.01)
    np.testing.assert_allclose(one.parameters, by_hand(before), rtol=1e-12)


@pytest.mark.parametrize("size", [1, 7, 20])
def test_a_rule_that_overflows_stops_at_its_step(size):
    """It is not known of a rule when it overflows; after a chunk of steps the engine looks."""

    @dataclass(frozen=True)
    class Growing(SignMomentum):
        def rule(self, params: Any, grads: Any, state: Any, step: Any, rate: Any) -> Any:
            return params * np.where(step < 9, 1.0, np.inf), {"v": state["v"] + 1}

    errors = []
    for engine in ENGINES:
        one = stepper(Growing(), engine)
        before = one.parameters
        chunks = [BATCHES[i : i + size] for i in range(0, len(BATCHES), size)]
        with pytest.raises(TrainingError, match=r"step 9: expected a finite .*weight") as error:
            np.concatenate([one.run(chunk, 0.01) for chunk in chunks])
        assert one.step == 8
        np.testing.assert_array_equal(one.parameters, before)
        np.testing.assert_array_equal(one.state().slots["v"], np.arange(4) / 10 + 8)
        errors.append(len(error.value.losses))
    assert errors[0] == errors[1] == 8 % size


@pytest.mark.parametrize("engine", ENGINES)
def test_an_error_of_a_rule_leaves_the_state_before_its_step(engine):
    class Failing(InPlace):
        def _step(self, params: Any, grads: Any, state: Any, step: int, rate: float) -> None:
            super()._step(params, grads, state, step, rate)
            if step == 3:
                raise ZeroDivisionError

    one, until = stepper(Failing(), engine), stepper(Failing(), engine)
    with pytest.raises(ZeroDivisionError):
        one.run(BATCHES, 0.01)
    until.run(BATCHES[:2], 0.01)
    assert one.step == 2
    np.testing.assert_array_equal(one.parameters, until.parameters)


class Ruleless(Nameless):
    rule = Optimizer.rule


class Forgetful(SignMomentum):
    def rule(self, params: Any, grads: Any, state: Any, step: Any, rate: Any) -> Any:
        return params, {"w": grads}


class Wide(SignMomentum):
    def rule(self, params: Any, grads: Any, state: Any, step: Any, rate: Any) -> Any:
        return np.concatenate([params, params]), state


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("optimizer", "error", "words"),
    [
        (Ruleless(), OptionError, r"Ruleless rule: expected a method rule\(params, grads, state"),
        (Forgetful(), OptionError, "sign momentum rule: expected a new vector for v"),
        (Wide(), ShapeError, r"sign momentum rule: expected new params of shape \(4,\), got shape"),
    ],
    ids=name_of,
)
def test_rules_that_cannot_be_used(optimizer, error, words, engine):
    with pytest.raises(error, match=words):
        stepper(optimizer, engine).run(BATCHES, 0.01)


@pytest.mark.parametrize("optimizer", [Backwards(), BackwardsInPlace()], ids=name_of)
def test_the_reference_engine_uses_the_rule_of_a_subclass(optimizer):
    uphill = stepper(optimizer)
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

    for engine in ENGINES:
        with pytest.raises(ShapeError, match=r"sign momentum init: expected v of shape \(4,\)"):
            stepper(Odd(), engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_state_of_the_users_own_is_copied(engine):
    kept = np.zeros(4)

    class Keeping(SignMomentum):
        def init(self, n: int, dtype: Any = np.float64) -> optimizers.State:
            return {"v": kept}

    stepper(Keeping(), engine).run(BATCHES[:2], 0.01)
    np.testing.assert_array_equal(kept, 0.0)


def test_a_state_takes_the_dtype_of_the_model():
    class Doubles(SignMomentum):
        def init(self, n: int, dtype: Any = np.float64) -> optimizers.State:
            return {"v": np.ones(n)}

    one = make_stepper(model(np.float32), mse, Doubles(), X, Y)
    one.run(BATCHES[:2], 0.01)
    assert one.state().slots["v"].dtype == np.float32


@dataclass(frozen=True)
class Rebinding(Optimizer):
    """Momentum that puts new vectors under the names of its state, in place of the old ones."""

    name = "rebinding"
    learning_rate: float = 0.1
    slots = ("velocity",)

    def _step(self, params, grads, state, step, rate):
        state["velocity"] = 0.9 * state["velocity"] + grads
        params -= rate * state["velocity"]


@dataclass(frozen=True)
class RebindingRule(Optimizer):
    """The same as a rule that only runs in Python."""

    name = "rebinding rule"
    learning_rate: float = 0.1
    slots = ("velocity",)

    def rule(self, params, grads, state, step, rate):
        state["velocity"] = 0.9 * state["velocity"] + grads
        if step < 0:  # no tensor has a truth value
            raise AssertionError
        return params - rate * state["velocity"], state


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", [Rebinding, RebindingRule])
def test_a_state_that_is_rebound_is_kept(kind, engine):
    """Also when the arena moves, as it does for the first batch of another size."""
    rows = [np.arange(3), np.arange(3), np.arange(6), np.arange(2), np.arange(5)]
    found, expected = stepper(kind(), engine), stepper(SGD(momentum=0.9), engine)
    for some in (rows[:2], rows[2:]):
        found.run(some, 0.01)
        expected.run(some, 0.01)
    np.testing.assert_allclose(found.parameters, expected.parameters, rtol=1e-12)
    (one,), (other,) = (s.state().slots.values() for s in (found, expected))
    np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize("vector", [np.ones(2), None])
def test_a_state_that_is_rebound_to_something_else(vector):
    class Wrong(Rebinding):
        def _step(self, params, grads, state, step, rate):
            state["velocity"] = vector

    with pytest.raises(ShapeError, match="rebinding _step: expected velocity of shape"):
        stepper(Wrong(), "reference").run([np.arange(3)], 0.1)


def test_a_state_in_memory_stays_the_same_array():
    params, state = np.ones(3), {"velocity": np.zeros(3)}
    velocity = state["velocity"]
    Rebinding().update(params, np.ones(3), state, 1)
    assert state["velocity"] is velocity
    np.testing.assert_array_equal(velocity, np.ones(3))
