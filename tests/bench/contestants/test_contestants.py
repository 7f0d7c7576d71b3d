"""Contestants compute what a plain NumPy loop computes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from bench.small_workloads import INFER, SEQUENCES, SMALL
from chainrule.bench.contestants import CONTESTANTS
from chainrule.bench.contestants.setting import Setting
from chainrule.bench.libraries.agreement import expected_result, problem
from chainrule.bench.libraries.reference.training import reference_losses
from chainrule.bench.measurements.step_time import CHECKED_STEPS, task_for

CASES = [(name, SMALL["tiny"]) for name in CONTESTANTS if name != "torch_compile"]  # it takes long
CASES += [(name, SMALL["norm"]) for name in ("torch_eager", "jax_scan")]
CASES += [(name, INFER) for name in ("chainrule", "torch_eager", "jax_step", "sklearn")]
CASES += [
    (name, workload)
    for name in ("chainrule", "torch_eager", "jax_step", "jax_scan")
    for workload in SEQUENCES.values()
]


@pytest.mark.parametrize("name", SMALL)
def test_chainrule_agrees(name):
    workload = dataclasses.replace(SMALL[name], learning_rate=1e-4)
    contestant = CONTESTANTS["chainrule"](workload, 1)
    losses = np.array(task_for(contestant).check())
    np.testing.assert_allclose(losses, reference_losses(workload, CHECKED_STEPS), rtol=1e-3)


def single_precision():
    """JAX in single precision, as in a worker; the other tests of this process use double."""
    jax = pytest.importorskip("jax")
    return jax.enable_x64(False)


@pytest.mark.parametrize(("name", "workload"), CASES, ids=lambda x: getattr(x, "name", x))
@pytest.mark.slow
def test_all_agree(name, workload):
    kind = CONTESTANTS[name]
    assert kind.declines(workload) == ""
    if kind.missing():
        pytest.skip(f"{kind.missing()} is not installed")
    with single_precision():
        task = task_for(kind(workload, 1))
        expected = expected_result(workload)
        assert problem(workload, task.check(), expected) == ""
        task.contestant.reset()
        assert problem(workload, task.check(), expected) == "", "after a reset"


@pytest.mark.parametrize("name", ["sklearn", "micrograd", "autograd"])
def test_those_with_linear_layers_only_decline_the_rest(name):
    assert all("only" in CONTESTANTS[name].declines(each) for each in SEQUENCES.values())


def test_recurrent_layers_are_not_compiled_by_pytorch():
    declines = {
        name: CONTESTANTS["torch_compile"].declines(each) for name, each in SEQUENCES.items()
    }
    assert [name for name, reason in declines.items() if reason] == ["lstm", "gru"]


@pytest.mark.parametrize(
    ("name", "threads", "settings"),
    [
        ("chainrule", 2, [Setting(2), Setting(1)]),
        ("jax_scan", 1, [Setting(1)]),
        ("torch_eager", 2, [Setting(2, "passive"), Setting(1), Setting(2, "active")]),
        ("micrograd", 2, [Setting(1)]),
        ("sklearn", 6, [Setting(6), Setting(4), Setting(2), Setting(1)]),
    ],
)
def test_settings_that_are_tried(name, threads, settings):
    assert CONTESTANTS[name].settings(threads) == settings
