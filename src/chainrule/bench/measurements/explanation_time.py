"""The time and memory to find the ten largest paths to one weight of a trained network."""

from __future__ import annotations

import statistics
import time

import numpy as np

from chainrule.bench.contestants.chainrule import Chainrule
from chainrule.bench.measurements.memory_growth import peak_growth
from chainrule.bench.measurements.step_time import CHECKED_STEPS
from chainrule.bench.networks import Perceptron
from chainrule.bench.workloads import Workload
from chainrule.explain import explain
from chainrule.nn import mlp
from chainrule.ops import Tensor
from chainrule.ops.losses import cross_entropy

__all__ = ["MEGABYTES", "PATHS", "SECONDS", "measure_explanations"]

SECONDS = {"mnist": 0.2, "wide": 1.0, "deep": 1.0}
"""Workloads whose weights are explained, and the seconds that this may take."""

MEGABYTES = 500
"""The most megabytes by which the process may grow while it explains."""

PATHS = 10

REPETITIONS = 5


def measure_explanations(workload: Workload, threads: int) -> dict[str, str | float | None]:
    """Time explanations of one weight, after training the network for CHECKED_STEPS steps.

    The explanation is of the loss of one row and of the weight of the first layer with the largest
    gradient.  Returns `paths`, their number; `median_s`, `min_s` and `max_s`, the seconds of a
    whole explanation; and `peak_mb`, the growth of memory during the first explanation.
    """
    loss = _loss(workload, threads)
    gradient = np.abs(loss.gradients()["layers.0.weight"].value)
    i, j = np.unravel_index(int(gradient.argmax()), gradient.shape)
    name = f"layers.0.weight[{i}, {j}]"
    peak = peak_growth(lambda: explain(loss, name, paths=PATHS))
    times: list[float] = []
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        (chain,) = explain(loss, name, paths=PATHS).derivation.chains
        times.append(time.perf_counter() - start)
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
    contestant.run(contestant.batches(workload.order()[:CHECKED_STEPS]))
    network = workload.network
    assert isinstance(network, Perceptron)
    d, *hidden, classes = network.sizes
    model = mlp(d, hidden, classes, batch_norm=network.batch_norm, dtype=np.float64)
    model.load(contestant.trained())
    x, y = workload.data()
    return cross_entropy(model(x[0].astype(np.float64)), int(y[0])).named("loss")
