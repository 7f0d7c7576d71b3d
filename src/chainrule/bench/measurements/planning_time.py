"""The time until the program of a training step is planned, for a network of very many steps."""

from __future__ import annotations

import dataclasses
import statistics
import time

from chainrule.bench.contestants.models.chainrule_models import make_model
from chainrule.bench.networks import CharacterLSTM, SeriesGRU
from chainrule.bench.workloads import Workload
from chainrule.ops.losses import LOSSES
from chainrule.train.optimizers import Adam
from chainrule.train.steps.stepper import make_stepper

__all__ = ["SECONDS", "STEPS", "measure_planning"]

SECONDS = {"lstm": 0.1, "gru": 0.1}
"""Workloads that are planned, and the seconds that this may take."""

STEPS = 1000
"""Steps of time: a program does not grow with them."""

REPETITIONS = 7


def measure_planning(workload: Workload) -> dict[str, float]:
    """Time tracing, planning and encoding a step on one batch of texts or series of STEPS steps.

    Returns `median_s`, `min_s` and `max_s`; the longest is mostly the first of the process.
    """
    network = workload.network
    assert isinstance(network, (CharacterLSTM, SeriesGRU))
    network = dataclasses.replace(network, steps=STEPS)
    x, y = network.data(workload.batch)
    times: list[float] = []
    for _ in range(REPETITIONS):
        model = make_model(network.to_dict())
        stepper = make_stepper(model, LOSSES[network.loss], Adam(), x, y, engine="compiled")
        start = time.perf_counter()
        stepper.prepare(workload.batch)
        times.append(time.perf_counter() - start)
    return {"median_s": statistics.median(times), "min_s": min(times), "max_s": max(times)}
