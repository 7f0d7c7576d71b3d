"""Workloads that are small enough for tests."""

from __future__ import annotations

import dataclasses

from chainrule.bench.networks import (
    CharacterLSTM,
    ConvolutionalNetwork,
    Network,
    Perceptron,
    SeriesGRU,
    Transformer,
)
from chainrule.bench.workloads import WORKLOADS, Workload


def _small(name: str, network: Network, batch: int) -> Workload:
    return dataclasses.replace(WORKLOADS[name], network=network, rows=60 * batch, batch=batch)


SMALL = {
    name: _small(name, Perceptron(sizes, batch_norm=name == "norm"), n)
    for name, sizes, n in (
        ("tiny", (2, 8, 2), 8),
        ("small", (16, 8, 5), 8),
        ("mnist", (49, 16, 10), 16),
        ("wide", (49, 32, 32, 10), 32),
        ("deep", (16, *[16] * 6, 10), 16),
        ("norm", (16, *[16] * 3, 10), 16),
    )
}
"""Every training workload of a perceptron with narrower layers and fewer rows."""

SEQUENCES = {
    name: _small(name, network, 4)
    for name, network in (
        ("lstm", CharacterLSTM(7, 4, 5, hidden=6)),
        ("gru", SeriesGRU(3, 5, steps=6)),
        ("conv", ConvolutionalNetwork(12, (2, 3), 4)),
        ("attn", Transformer(7, 8, 5, heads=2, hidden=12)),
    )
}
"""Those of the other networks."""

INFER = dataclasses.replace(WORKLOADS["infer-1"], network=Perceptron((49, 16, 10)), samples=3)
