"""The rates of the host are measured, on hosts with and without AVX-512."""

from __future__ import annotations

import pytest
from llvmlite import binding

from chainrule.bench.measurements import host_rates
from chainrule.bench.measurements.host_rates import measure_host_rates, vector_units, waking_time


def test_rates(monkeypatch):
    monkeypatch.setattr(host_rates, "SIZE", 64)
    monkeypatch.setattr(host_rates, "MEMORY", 1 << 16)
    monkeypatch.setattr(host_rates, "WAKES", 3)
    found = measure_host_rates(1)
    assert list(found) == ["package_gflops", "blas_gflops", "gb_per_s", "wake_us", "vectors"]
    for name in ("package_gflops", "blas_gflops", "gb_per_s", "wake_us"):
        assert 0 < float(found[name]) < 1e6


def test_a_thread_is_woken_up(monkeypatch):
    monkeypatch.setattr(host_rates, "WAKES", 20)
    assert 0.5 < waking_time() < 1e5


@pytest.mark.parametrize(
    ("features", "name"),
    [
        ({"avx512f": True, "avx2": True}, "AVX-512"),
        ({"avx512f": False, "avx2": True}, "AVX2"),
        ({"neon": True}, "NEON"),
        ({}, "unknown"),
    ],
)
def test_vector_units(monkeypatch, features, name):
    monkeypatch.setattr(binding, "get_host_cpu_features", lambda: features)
    assert vector_units() == name
