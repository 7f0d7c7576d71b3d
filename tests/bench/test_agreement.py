"""Contestants compute what a plain NumPy loop computes, and that loop is right."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from bench.small import INFER, SMALL
from chainrule.bench import referee
from chainrule.bench.contestants import CONTESTANTS
from chainrule.bench.processes.harness import verdict
from chainrule.bench.processes.tasks import CHECKED, Inference, Training, task
from chainrule.bench.referee import disagreement, reference_losses
from chainrule.bench.workloads import WORKLOADS, Workload

EACH = [(name, SMALL["tiny"]) for name in CONTESTANTS if name != "torch_compile"]  # it takes long
EACH += [(name, SMALL["norm"]) for name in ("torch_eager", "jax_scan")]
EACH += [(name, INFER) for name in ("chainrule", "torch_eager", "jax_step", "sklearn")]


@pytest.mark.parametrize("name", SMALL)
def test_ours_agrees(name):
    workload = dataclasses.replace(SMALL[name], learning_rate=1e-4)
    contestant = CONTESTANTS["chainrule"](workload, 1)
    losses = np.array(task(contestant).check())
    np.testing.assert_allclose(losses, reference_losses(workload, CHECKED), rtol=1e-3)


def single_precision():
    """JAX as a process of its own has it; other tests of this one compute in double precision."""
    jax = pytest.importorskip("jax")
    return jax.enable_x64(False)


@pytest.mark.parametrize(("name", "workload"), EACH, ids=lambda x: getattr(x, "name", x))
def test_all_agree(name, workload):
    kind = CONTESTANTS[name]
    assert kind.declines(workload) == ""
    if kind.missing():
        pytest.skip(f"{kind.missing()} is not installed")
    with single_precision():
        work = task(kind(workload, 1))
        assert verdict(workload, {name: work.check()}) == {}
        work.contestant.reset()
        assert verdict(workload, {name: work.check()}) == {}, "after a reset"


@pytest.mark.parametrize("name", ["small", "norm"])
def test_gradients_of_the_referee(name):
    """Against central differences, for one entry of every parameter."""
    workload = SMALL[name]
    x, y = workload.data()
    x, y = x[: workload.batch].astype(np.float64), y[: workload.batch]
    layers = [referee._double(layer) for layer in workload.layers()]
    _, gradients = referee._loss_and_gradients(layers, x, y)
    parameters = [array for layer in layers for array in layer.arrays()]
    for array, gradient in zip(parameters, gradients, strict=True):
        place = np.unravel_index(np.abs(gradient).argmax(), array.shape)
        value, sides = array[place], []
        for sign in (1, -1):
            array[place] = value + sign * 1e-6
            sides.append(referee._loss_and_gradients(layers, x, y)[0])
        array[place] = value
        assert (sides[0] - sides[1]) / 2e-6 == pytest.approx(gradient[place], rel=1e-5)


def test_disagreement_is_told():
    expected = np.array([2.0, 1.0, 0.5])
    assert disagreement(expected * (1 + 1e-5), expected, 1e-3) == ""
    assert "at step 1" in disagreement(expected * (1 + 5e-4), expected, 1e-3)
    assert "at step 3" in disagreement(np.array([2.0, 1.0, 0.51]), expected, 1e-3)
    assert "nan at step 2" in disagreement(np.array([2.0, np.nan, 0.5]), expected, 1e-3)
    assert "instead of" in disagreement(expected[:2], expected, 1e-3)


def test_wrong_outputs_are_told():
    right = task(CONTESTANTS["chainrule"](INFER, 1)).check()
    wrong = np.array(right)
    wrong[0, 0] += 0.01
    assert "ln p" in verdict(INFER, {"x": wrong.tolist()})["x"]
    assert "shape" in verdict(INFER, {"x": wrong[:2].tolist()})["x"]


def test_workloads_are_those_of_the_issue():
    table = {name: (w.sizes, w.batch, w.must, w.aim) for name, w in WORKLOADS.items()}
    assert table == {
        "tiny": ((2, 8, 2), 8, 10, 25),
        "small": ((64, 32, 10), 32, 3, 5),
        "mnist": ((784, 128, 10), 32, 1.3, 2),
        "wide": ((784, 512, 512, 10), 128, 1.0, 1.3),
        "deep": ((64, *[64] * 20, 10), 64, 1.5, 2.5),
        "norm": ((64, *[64] * 6, 10), 64, 1.5, 3),
        "infer-1": ((784, 128, 10), 32, 2, 4),
        "infer-1024": ((784, 128, 10), 32, 1.1, 1.4),
    }
    for workload in WORKLOADS.values():
        assert workload.rows % workload.batch == 0
        assert workload.steps >= CHECKED
        assert Workload.from_dict(workload.to_dict()) == workload


def test_every_row_once_an_epoch():
    workload = SMALL["small"]
    assert sorted(workload.order(0).ravel()) == list(range(workload.rows))
    assert (workload.order(0) != workload.order(1)).any()
    assert (workload.order(1) == workload.order(1)).all()


@pytest.mark.parametrize(("workload", "kind"), [(SMALL["tiny"], Training), (INFER, Inference)])
def test_timing_runs(workload, kind):
    work = task(CONTESTANTS["chainrule"](workload, 1))
    assert isinstance(work, kind)
    assert work.warm(0.001) >= 10
    assert work.once() > 0
