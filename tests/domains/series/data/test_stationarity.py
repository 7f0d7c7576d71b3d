"""Walks wander; noise, seasons and chaos return to a level."""

from __future__ import annotations

import numpy as np

from chainrule.domains.series.data.stationarity import returns_to_level
from domains.series.cases import walk


def autoregressive(seed: int, rows: int = 500) -> np.ndarray:
    noise, values = np.random.default_rng(seed).normal(size=rows), np.zeros(rows)
    for i in range(1, rows):
        values[i] = 0.7 * values[i - 1] + noise[i]
    return values


def test_shares() -> None:
    seeds = range(200)
    assert np.mean([returns_to_level(walk(500, seed)) for seed in seeds]) < 0.04
    assert np.mean([returns_to_level(autoregressive(seed)) for seed in seeds]) > 0.95


def test_what_hardly_varies() -> None:
    assert not returns_to_level(np.ones(300))
    assert not returns_to_level(np.arange(300.0) ** 2)
    assert not returns_to_level(np.arange(5.0))
