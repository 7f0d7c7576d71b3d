"""Wrong outputs are described; wrong losses are in test_numpy_reference."""

from __future__ import annotations

import numpy as np

from bench.small_workloads import INFER
from chainrule.bench.contestants import CONTESTANTS
from chainrule.bench.libraries.agreement import expected_result, problem
from chainrule.bench.measurements.step_time import task_for


def test_wrong_outputs_are_described():
    right, expected = task_for(CONTESTANTS["chainrule"](INFER, 1)).check(), expected_result(INFER)
    assert problem(INFER, right, expected) == ""
    wrong = np.array(right)
    wrong[0, 0] += 0.01
    assert "ln p" in problem(INFER, wrong.tolist(), expected)
    assert "shape" in problem(INFER, wrong[:2].tolist(), expected)
    assert "ln p" in problem(INFER, (np.nan * wrong).tolist(), expected)
