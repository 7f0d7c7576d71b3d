"""Both kinds of task are warmed up and timed."""

from __future__ import annotations

import pytest

from bench.small_workloads import INFER, SMALL
from chainrule.bench.contestants import CONTESTANTS
from chainrule.bench.measurements.step_time import Inference, Training, task_for


@pytest.mark.parametrize(("workload", "kind"), [(SMALL["tiny"], Training), (INFER, Inference)])
def test_timing(workload, kind):
    task = task_for(CONTESTANTS["chainrule"](workload, 1))
    assert isinstance(task, kind)
    assert task.warm_up(0.001) >= 10
    assert task.time_once() > 0
