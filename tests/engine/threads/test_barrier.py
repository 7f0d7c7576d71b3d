"""The barrier: no thread passes it before all have arrived."""

import numpy as np

from chainrule.engine.threads import run_parallel
from chainrule.engine.threads.barrier import barrier


def test_no_thread_passes_before_all_have_arrived():
    arrived = np.zeros((3, 50), np.int64)

    def work(rank, ranks, counter):
        goal = 0
        for i in range(50):
            arrived[rank, i] = 1
            goal = barrier(counter, goal, ranks)
            assert arrived[:, i].all(), "a thread passed before all had arrived"
        return rank

    assert run_parallel(3, work) == 0
