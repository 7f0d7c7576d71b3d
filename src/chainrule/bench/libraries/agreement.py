"""Whether a contestant computes what the NumPy reference computes, so that its time may count."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.bench.libraries.reference.losses import log_softmax
from chainrule.bench.libraries.reference.training import (
    disagreement,
    reference_losses,
    reference_outputs,
)
from chainrule.bench.measurements.step_time import CHECKED_STEPS
from chainrule.bench.workloads import Workload
from chainrule.graph import Array

__all__ = ["expected_result", "problem"]

OUTPUT_TOLERANCE = 1e-4
"""The largest accepted difference of the logarithm of a predicted probability."""


def expected_result(workload: Workload, steps: int = CHECKED_STEPS) -> Array:
    """The losses of the first steps, or the logarithms of the predicted probabilities."""
    if workload.samples is None:
        return reference_losses(workload, steps)
    return log_softmax(reference_outputs(workload, workload.data()[0][: workload.samples]))


def problem(workload: Workload, found: list[Any], expected: Array) -> str:
    """A description of losses or outputs that differ from what is expected; "" if they agree."""
    values = np.array(found)
    if workload.samples is None:
        return disagreement(values, expected, workload.tolerance)
    if values.shape != expected.shape:
        return f"outputs of shape {values.shape} instead of {expected.shape}"
    gap = np.abs(log_softmax(values) - expected).max()
    return "" if gap <= OUTPUT_TOLERANCE else f"some ln p is {gap:.3g} away from what it should be"
