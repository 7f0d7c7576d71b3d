"""The roof counts the arithmetic and the memory traffic of a step."""

from __future__ import annotations

import pytest

from chainrule.bench.libraries.scaling import multiplications
from chainrule.bench.measurements.roof import bytes_moved, lower_roof, products
from chainrule.bench.workloads import WORKLOADS

ROOF = {
    "products_us": 1000.0,
    "gflops": 300.0,
    "bytes": 24e6,
    "gb_per_s": 40.0,
    "memory_us": 600.0,
    "roof_us": 1600.0,
}


def test_products_and_bytes():
    wide, one = WORKLOADS["wide"], WORKLOADS["infer-1"]
    forward = 128 * (784 * 512 + 512 * 512 + 512 * 10)
    backward = 2 * forward - 128 * 784 * 512
    assert (
        sum(m * n * k for _, m, n, k in products(wide))
        == forward + backward
        == multiplications(wide)
    )
    weights = 784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10
    assert wide.parameters == weights
    assert bytes_moved(wide) == 8 * (4 * weights + 128 * (784 + 512 + 512 + 10))
    assert [kind for kind, *_ in products(one)] == ["forward", "forward"]
    assert bytes_moved(one) == 4 * (784 * 128 + 128 + 1280 + 10 + 784 + 2 * 138)


def test_the_lower_of_two_roofs():
    slow_products = ROOF | {"products_us": 2000.0, "gflops": 150.0, "roof_us": 2600.0}
    slow_memory = ROOF | {"memory_us": 1200.0, "gb_per_s": 20.0, "roof_us": 2200.0}
    assert lower_roof(slow_products, slow_memory) == pytest.approx(ROOF)
    assert lower_roof({}, ROOF) == lower_roof(ROOF, {}) == ROOF
    assert lower_roof({}, {}) == {}
