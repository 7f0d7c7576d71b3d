"""The rates of the host: products of this package and of BLAS, memory, waking a thread."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from chainrule.bench.measurements.roof import copy_rate

__all__ = ["measure_host_rates"]

SIZE = 1024
"""Rows and columns of the matrices that are multiplied: 2.1 billion operations a product."""

TIMES = 12
"""The number of products, of which the fastest counts."""

WARM_UP = 12
"""Products before them, which compile, wake threads and find out how many are faster."""

MEMORY = 1 << 28
"""Bytes that are copied, more than caches hold."""

WAKES = 200


def measure_host_rates(threads: int) -> dict[str, float | str]:
    """GFLOP/s of both products, GB/s of copies, µs until a sleeping thread runs, vector units."""
    package, blas = _products()
    return {
        "package_gflops": package,
        "blas_gflops": blas,
        "gb_per_s": copy_rate(MEMORY, threads) / 1e9,
        "wake_us": waking_time(),
        "vectors": vector_units(),
    }


def _products() -> tuple[float, float]:
    """GFLOP/s of a linear layer's predictions, then of `numpy.dot`.

    Not in turn: for milliseconds after a product, BLAS's own threads look for work on the
    processors that ours need.
    """
    import chainrule as cr

    rng = np.random.default_rng(0)
    left, right = (rng.standard_normal((SIZE, SIZE), np.float32) for _ in range(2))
    out = np.empty_like(left)
    layer = cr.nn.Linear(SIZE, SIZE, dtype=np.float32)
    works: list[Callable[[], object]] = [
        lambda: layer.predict(left),
        lambda: np.dot(left, right, out),
    ]
    ours, theirs = (2 * SIZE**3 / _least_seconds(work) / 1e9 for work in works)
    return ours, theirs


def _least_seconds(work: Callable[[], object]) -> float:
    for _ in range(WARM_UP):
        work()
    seconds: list[float] = []
    for _ in range(TIMES):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def waking_time() -> float:
    """Microseconds from a write to a pipe until the thread that slept reading it has answered."""
    (asked, ask), (answered, answer) = os.pipe(), os.pipe()

    def reply() -> None:
        while os.read(asked, 1) == b"?":
            os.write(answer, b"!")

    thread = threading.Thread(target=reply)
    thread.start()
    times: list[float] = []
    for _ in range(WAKES):
        time.sleep(0.001)  # both threads and their processors sleep
        start = time.perf_counter()
        os.write(ask, b"?")
        os.read(answered, 1)
        times.append(time.perf_counter() - start)
    os.write(ask, b".")
    thread.join()
    for end in (asked, ask, answered, answer):
        os.close(end)
    return statistics.median(times) * 1e6


def vector_units() -> str:
    """The widest vector instructions that matter to products: AVX-512, AVX2, NEON or unknown."""
    with suppress(ImportError, RuntimeError):
        from llvmlite import binding

        features = binding.get_host_cpu_features()
        for flag, name in (("avx512f", "AVX-512"), ("avx2", "AVX2"), ("neon", "NEON")):
            if features.get(flag):
                return name
    return "unknown"
