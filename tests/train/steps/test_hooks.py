"""Hooks of a step: what they see, what they may change, and that they change nothing else."""

from __future__ import annotations

from dataclasses import replace
from threading import Barrier, Thread

import numpy as np
import pytest

from chainrule.errors import OptionError, ShapeError, TrainingError, UnknownNameError
from chainrule.ops.losses import LOSSES
from chainrule.train.optimizers import SGD, Adam
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.compiled import compiled_stepper
from chainrule.train.steps.hooks import Gradients, Hook
from chainrule.train.steps.stepper import Stepper, make_stepper
from train.compiled_cases import LABELS, MODELS, Setup, X, batches, mlp

ENGINES = ("compiled", "reference")
STEPS = batches(23)


def stepper(setup: Setup, engine: str, *hooks: Hook, micro_batch: int | None = None) -> Stepper:
    return make_stepper(
        setup.model(np.float64), setup.loss, setup.optimizer, setup.x, setup.y,
        clipping=setup.clipping, micro_batch=micro_batch, hooks=hooks, engine=engine,
    )  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["everything", "calls and batch norm", "dropout"])
@pytest.mark.parametrize("micro_batch", [None, 3])
def test_recording_the_norm_of_every_fifth_gradient(engine, name, micro_batch):
    setup = replace(MODELS[name], clipping=Clipping(norm=0.1))
    seen: dict[int, float] = {}

    def record(gradients: Gradients) -> None:
        shapes = {n: t.shape for n, t in setup.model(np.float64).parameters().items()}
        assert {n: g.shape for n, g in gradients.by_name.items()} == shapes
        squares = sum(float((g**2).sum()) for g in gradients.by_name.values())
        seen[gradients.step] = np.sqrt(squares)
        assert np.linalg.norm(gradients.vector) == pytest.approx(seen[gradients.step])

    watched = stepper(setup, engine, Hook(record, every=5), micro_batch=micro_batch)
    plain = stepper(setup, engine, micro_batch=micro_batch)
    expected = {}
    for step, rows in enumerate(STEPS, 1):
        loss = plain.run([rows], 0.01)
        expected[step] = np.sqrt(sum(norm**2 for norm in plain.gradient_norms().values()))
        assert loss.shape == (1,)
    watched.run(STEPS, 0.01)
    assert list(seen) == [5, 10, 15, 20]
    assert seen == pytest.approx({step: expected[step] for step in seen}, rel=1e-6)
    np.testing.assert_allclose(watched.parameters, plain.parameters, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["everything", "dropout"])
def test_a_gradient_assigned_to_a_name_is_the_one_applied(engine, name):
    """A hook that halves by assignment is like half the rate, whatever the layout."""
    setup = replace(MODELS[name], optimizer=SGD(), clipping=Clipping())

    def halve(gradients: Gradients) -> None:
        for key in gradients.by_name:
            gradients.by_name[key] = gradients.by_name[key] / 2

    halved, plain = stepper(setup, engine, Hook(halve)), stepper(setup, engine)
    halved.run(STEPS, 0.02)
    plain.run(STEPS, 0.01)
    np.testing.assert_allclose(halved.parameters, plain.parameters, rtol=1e-10, atol=1e-13)


def test_what_cannot_be_assigned_says_so():
    vector = np.arange(6.0)
    gradients = Gradients(1, vector, {"w": vector[:4].reshape(2, 2), "b": vector[4:]})
    gradients.by_name["b"] = 0
    gradients.by_name.update(w=np.ones((2, 2)))
    np.testing.assert_array_equal(vector, [1, 1, 1, 1, 0, 0])
    gradients.by_name["w"] *= 3
    gradients.vector *= 2
    np.testing.assert_array_equal(vector, [6, 6, 6, 6, 0, 0])
    with pytest.raises(UnknownNameError, match="gradient: expected one of w, b, got 'x'"):
        gradients.by_name["x"] = np.ones(2)
    for values in (np.ones(2), np.ones((2, 1)), [1.0, 2.0]):  # NumPy would repeat them
        with pytest.raises(ShapeError, match=r"gradient of w: expected shape \(2, 2\), got"):
            gradients.by_name["w"] = values
    with pytest.raises(ShapeError, match=r"gradients: expected shape \(6,\), got \(1,\)"):
        gradients.vector = np.ones(1)
    with pytest.raises(OptionError, match=r"w: expected to be kept, got del; assign 0"):
        del gradients.by_name["w"]
    for attribute in ("by_name", "step"):
        with pytest.raises(AttributeError):
            setattr(gradients, attribute, {})
    np.testing.assert_array_equal(vector, [6, 6, 6, 6, 0, 0])


def test_what_is_only_watched_keeps_every_bit():
    setup = Setup(mlp(batch_norm=True), optimizer=Adam())
    order = np.array([np.arange(8), np.arange(8, 16)] * 20)
    watched = stepper(setup, "compiled", Hook(lambda gradients: None, every=7))
    plain = stepper(setup, "compiled")
    np.testing.assert_array_equal(watched.run(order, 0.01), plain.run(order, 0.01))
    assert watched.state().to_bytes() == plain.state().to_bytes()


def test_the_steps_between_two_hooks_are_one_call_of_the_loop(monkeypatch):
    calls = []

    def counted(*args):
        calls.append((len(args[9]), int(args[3]["updates"][0])))
        return train(*args)

    train = compiled_stepper.train
    monkeypatch.setattr(compiled_stepper, "train", counted)
    one = stepper(Setup(mlp()), "compiled", Hook(lambda gradients: None, every=10))
    one.run(np.array([np.arange(8)] * 25), 0.01)
    assert calls == [(9, 1), (1, 0), (9, 1), (1, 0), (5, 1)]


@pytest.mark.parametrize("engine", ENGINES)
def test_averaging_the_gradients_of_two_steppers_is_one_large_batch(engine):
    """All-reduce: two threads, each with half of every batch."""
    setup = Setup(mlp(), optimizer=Adam(), clipping=Clipping(norm=0.05))
    vectors: list[np.ndarray] = [np.zeros(0)] * 2
    barrier = Barrier(2)

    def all_reduce(rank: int):
        def average(gradients: Gradients) -> None:
            vectors[rank] = gradients.vector.copy()
            barrier.wait(60)
            gradients.vector[:] = (vectors[0] + vectors[1]) / 2
            barrier.wait(60)

        return Hook(average)

    halves = [stepper(setup, engine, all_reduce(rank)) for rank in range(2)]
    whole = stepper(setup, engine)
    order = np.array([np.random.default_rng(i).permutation(22)[:16] for i in range(12)])
    threads = [
        Thread(target=one.run, args=(order[:, 8 * rank : 8 * rank + 8], 0.01))
        for rank, one in enumerate(halves)
    ]
    for thread in threads:
        thread.start()
    whole.run(order, 0.01)
    for thread in threads:
        thread.join()
    for one in halves:
        assert one.step == 12
        np.testing.assert_allclose(one.parameters, whole.parameters, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(halves[0].parameters, halves[1].parameters)


@pytest.mark.parametrize("engine", ENGINES)
def test_hooks_come_in_order_and_before_clipping(engine):
    setup = Setup(mlp(), optimizer=SGD(), clipping=Clipping(value=0.5))

    def fill(gradients: Gradients) -> None:
        gradients.vector[:] = 2.0

    def halve(gradients: Gradients) -> None:
        gradients.by_name["layers.0.bias"][...] /= 8

    one = stepper(setup, engine, Hook(fill), Hook(halve, every=2))
    before = one.state().parameters
    one.run([np.arange(8)] * 2, 1.0)
    after = one.state().parameters
    for name, values in before.items():
        moved = 0.5 + (0.25 if name == "layers.0.bias" else 0.5)
        np.testing.assert_allclose(values - after[name], moved, rtol=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_gradient_that_a_hook_makes_infinite_stops_at_its_step(engine):
    def spoil(gradients: Gradients) -> None:
        gradients.vector[:1] = np.inf

    setup = Setup(mlp(batch_norm=True))
    one, until = stepper(setup, engine, Hook(spoil, every=4)), stepper(setup, engine)
    words = r"step 4: expected a finite gradient of layers\.0\.weight after the hooks, got inf"
    with pytest.raises(TrainingError, match=words) as error:
        one.run(STEPS, 0.01)
    losses = until.run(STEPS[:3], 0.01)
    assert one.step == 3
    assert error.value.losses == losses.tolist()
    assert one.state().to_bytes() == until.state().to_bytes()


@pytest.mark.parametrize("engine", ENGINES)
def test_an_error_of_a_hook_leaves_the_state_before_its_step(engine):
    def fail(gradients: Gradients) -> None:
        gradients.vector[:] = 7
        raise KeyError(gradients.step)

    setup = MODELS["everything"]
    one, until = stepper(setup, engine, Hook(fail, every=6)), stepper(setup, engine)
    with pytest.raises(KeyError, match="6"):
        one.run(STEPS, 0.01)
    until.run(STEPS[:5], 0.01)
    assert one.step == 5
    assert one.state().to_bytes() == until.state().to_bytes()


@pytest.mark.parametrize("every", [0, -1, 2.5, True])
def test_hooks_are_called_every_whole_number_of_steps(every):
    with pytest.raises(OptionError, match="hook every"):
        Hook(print, every=every)


def test_losses_are_those_of_the_same_steps():
    setup = Setup(mlp(), LOSSES["cross_entropy"], X, LABELS)
    watched = stepper(setup, "compiled", Hook(lambda gradients: None, every=3))
    np.testing.assert_array_equal(
        watched.run(STEPS, 0.1), stepper(setup, "compiled").run(STEPS, 0.1)
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_ways_to_change_the_gradients(engine):
    """In place, by an operator, and by a new array: all reach the update."""

    def fill(gradients):
        gradients.vector[:] = 0.5 * gradients.vector

    def multiply(gradients):
        gradients.vector *= 0.5

    def assign(gradients):
        gradients.vector = 0.5 * gradients.vector

    ends = []
    for call in (id, fill, multiply, assign):
        trained = stepper(Setup(mlp()), engine, Hook(call))
        trained.run([np.arange(4)], 0.1)
        ends.append(trained.parameters)
    assert (ends[0] != ends[1]).any()
    np.testing.assert_array_equal(ends[2], ends[1])
    np.testing.assert_array_equal(ends[3], ends[1])
