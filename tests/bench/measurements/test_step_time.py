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
    plan = task.warm_up(0.001)
    assert min(plan) >= 1
    assert task.time_once() > 0
    other = task_for(CONTESTANTS["chainrule"](workload, 1))
    assert other.warm_up(1.0, plan) == plan
    assert other.time_once() > 0


def test_a_slice_repeats_the_same_work_after_an_eighth_of_it_untimed():
    contestant = CONTESTANTS["chainrule"](SMALL["tiny"], 1)  # 60 steps an epoch
    task = task_for(contestant)
    assert isinstance(task, Training)
    counts, run, reset = list[int](), contestant.run, contestant.reset
    contestant.run = lambda batches: (counts.append(len(batches)), run(batches))[1]
    contestant.reset = lambda: (counts.append(0), reset())[1]
    for steps, times, expected in ((60, 16, [60] * 18), (60, 1, [7, 60]), (10, 1, [1, 10])):
        task._set_plan(steps, times)
        counts.clear()
        task.time_once()
        assert counts == [0, *expected]
