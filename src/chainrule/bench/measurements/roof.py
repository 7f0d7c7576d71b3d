"""The roof: the least time a workload can take, from the machine's arithmetic and memory rates.

It is measured, not calculated: matrix products at the speed of NumPy's BLAS library, and memory
traffic at the speed of a copy.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from chainrule.bench.networks import Product
from chainrule.bench.workloads import Workload
from chainrule.graph import Array

__all__ = ["bytes_moved", "copy_rate", "lower_roof", "measure_roof", "products"]

FLOAT = 4
SECONDS = 0.05
"""Length of one measurement of a rate."""
TIMES = 5
"""The number of measurements of a rate, of which the best counts."""
SMALLEST = 1 << 16
"""Bytes below which the clock is too coarse to measure bandwidth."""


def products(workload: Workload) -> list[Product]:
    """The matrix products of a step, or of a prediction.

    >>> from chainrule.bench.workloads import WORKLOADS
    >>> products(WORKLOADS["tiny"])[:2]
    [('forward', 8, 8, 2), ('weight', 8, 2, 8)]
    """
    if workload.samples is not None:
        return workload.network.products(workload.samples, training=False)
    return workload.network.products(workload.batch)


def bytes_moved(workload: Workload) -> int:
    """Bytes of weights, gradients, both moments, activations and the batch, read and written once.

    Predictions read weights and inputs, and write and read the activations.
    """
    network, rows = workload.network, workload.batch
    if workload.samples is not None:
        rows = workload.samples
        each = math.prod(network.input_shape) + 2 * network.activations
        return FLOAT * (workload.parameters + rows * each)
    each = math.prod(network.input_shape) + network.activations
    return FLOAT * 2 * (4 * workload.parameters + rows * each)


def measure_roof(workload: Workload, threads: int) -> dict[str, float]:
    """Measure both parts of the roof, products and memory traffic, and add them."""
    repeat, every = _repeated_product(), products(workload)
    seconds = {product: _product(product, repeat) for product in dict.fromkeys(every)}
    operations, moved = sum(2 * m * n * k for _, m, n, k in every), bytes_moved(workload)
    rate = copy_rate(max(moved, SMALLEST), threads)
    return _entry(operations, moved, sum(seconds[product] for product in every), moved / rate)


def lower_roof(first: dict[str, float], second: dict[str, float]) -> dict[str, float]:
    """The smaller time of each part in two measurements of one roof."""
    if not first or not second:
        return first or second
    operations = 1e3 * first["gflops"] * first["products_us"]
    products_s, memory_s = (
        1e-6 * min(first[key], second[key]) for key in ("products_us", "memory_us")
    )
    return _entry(operations, first["bytes"], products_s, memory_s)


def _entry(operations: float, moved: float, products_s: float, memory_s: float) -> dict[str, float]:
    return {
        "products_us": products_s * 1e6,
        "gflops": operations / products_s / 1e9,
        "bytes": moved,
        "gb_per_s": moved / memory_s / 1e9,
        "memory_us": memory_s * 1e6,
        "roof_us": (products_s + memory_s) * 1e6,
    }


def _repeated_product() -> Callable[..., None]:
    """A compiled loop over one product, so that calls from Python are not counted."""
    import numba

    @numba.njit
    def repeat(left: Any, right: Any, out: Any, times: int) -> None:
        for _ in range(times):
            np.dot(left, right, out)

    return repeat


def _product(product: Product, repeat: Callable[..., None]) -> float:
    """Seconds of one product whose operands have the memory layout they have in training."""
    kind, m, n, k = product
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> Array:
        return rng.standard_normal(shape, np.float32)

    left = draw(k, m).T if kind == "weight" else draw(m, k)
    right = draw(n, k).T if kind == "forward" else draw(k, n)
    out = np.empty((m, n), np.float32)

    def seconds(times: int) -> float:
        return _seconds(lambda: repeat(left, right, out, times))

    seconds(1)
    times = 1
    while (elapsed := seconds(times)) < SECONDS / 10:
        times *= 4
    times = max(1, round(times * SECONDS / elapsed))
    return min(seconds(times) for _ in range(TIMES)) / times


def copy_rate(size: int, threads: int) -> float:
    """Bytes per second, read plus written, of copies within `size` bytes."""
    each = max(size // (2 * FLOAT * threads), 1)
    pairs = [(np.ones(each, np.float32), np.zeros(each, np.float32)) for _ in range(threads)]
    times = max(1, round(SECONDS * 2e10 / size))

    def copy(pair: tuple[Array, Array]) -> None:
        for _ in range(times):
            np.copyto(pair[1], pair[0])

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(copy, pairs))
        best = min(_seconds(lambda: list(pool.map(copy, pairs))) for _ in range(TIMES))
    return 2 * FLOAT * each * threads * times / best


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
