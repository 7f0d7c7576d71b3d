"""Explaining: how long the ten largest paths to one weight of a trained network take."""

from __future__ import annotations

import statistics
import time

import numpy as np

from chainrule.bench.contestants.chainrule import Chainrule
from chainrule.bench.measurements.memory import peak_growth
from chainrule.bench.processes.tasks import CHECKED
from chainrule.bench.workloads import Workload
from chainrule.explain import explain
from chainrule.nn import mlp
from chainrule.ops import Tensor
from chainrule.ops.losses import cross_entropy

__all__ = ["MEGABYTES", "PATHS", "SECONDS", "measure"]

SECONDS = {"mnist": 0.2, "wide": 1.0, "deep": 1.0}
"""Networks whose weights are explained, and how long that may take."""

MEGABYTES = 500
"""By how much the process may grow meanwhile."""

PATHS = 10

REPETITIONS = 5


def measure(workload: Workload, threads: int) -> dict[str, str | float | None]:
    """`paths`, their number; `median_s`, `min_s` and `max_s` of a whole explanation; `peak_mb`.

    What is explained is the loss of one row, by the weight of the first layer with the steepest
    slope, after training for as many steps as are checked.  The peak is that of the first time.
    """
    loss = _loss(workload, threads)
    gradient = np.abs(loss.gradients()["layers.0.weight"].value)
    i, j = np.unravel_index(int(gradient.argmax()), gradient.shape)
    name = f"layers.0.weight[{i}, {j}]"
    peak = peak_growth(lambda: explain(loss, name, paths=PATHS))
    times: list[float] = []
    for _ in range(REPETITIONS):
        began = time.perf_counter()
        (chain,) = explain(loss, name, paths=PATHS).derivation.chains
        times.append(time.perf_counter() - began)
        count = chain.count
    return {
        "paths": str(count),
        "median_s": statistics.median(times),
        "min_s": min(times),
        "max_s": max(times),
        "peak_mb": peak,
    }


def _loss(workload: Workload, threads: int) -> Tensor:
    """The loss of the first row, recorded in float64 with the trained parameters."""
    contestant = Chainrule(workload, threads)
    contestant.reset()
    contestant.run(contestant.batches(workload.order()[:CHECKED]))
    d, *hidden, classes = workload.sizes
    model = mlp(d, hidden, classes, batch_norm=workload.batch_norm, dtype=np.float64)
    model.load(contestant.trained())
    x, y = workload.data()
    return cross_entropy(model(x[0].astype(np.float64)), int(y[0])).named("loss")
