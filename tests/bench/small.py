"""Small workloads, and results that nobody measured."""

from __future__ import annotations

import dataclasses

from chainrule.bench.results import Result, Run
from chainrule.bench.workloads import WORKLOADS, Workload

SMALL = {
    name: dataclasses.replace(WORKLOADS[name], sizes=sizes, rows=60 * batch, batch=batch)
    for name, sizes, batch in (
        ("tiny", (2, 8, 2), 8),
        ("small", (16, 8, 5), 8),
        ("mnist", (49, 16, 10), 16),
        ("wide", (49, 32, 32, 10), 32),
        ("deep", (16, *[16] * 6, 10), 16),
        ("norm", (16, *[16] * 3, 10), 16),
    )
}
"""Every training workload with narrower layers and fewer rows."""

INFER: Workload = dataclasses.replace(WORKLOADS["infer-1"], sizes=(49, 16, 10), samples=3)

ENVIRONMENT = {
    "system": "Linux 6",
    "processor": "A processor",
    "processors": 2,
    "threads": 2,
    "repetitions": 7,
    "python": "3.13.0",
    "versions": {"chainrule": "0.1.0", "torch": "2.13.0"},
    "blas": ["openblas 0.3.30 SkylakeX, 2 threads"],
    "left_out": {"tiny": {"jax_step": "jax is not installed"}, "wide": {}},
}

RUN = Run(
    ENVIRONMENT,
    [
        Result("tiny", "torch_eager", 150.0, 140.0, 180.0, 0.7),
        Result("tiny", "chainrule", 1.5, 1.25, 2.0, 0.7),
        Result("tiny", "sklearn", 100.0, 99.0, 101.0, 0.7),
        Result("wide", "chainrule", 2000.0, 1900.0, 2100.0, 2.4, 14.2),
        Result("wide", "torch_eager", 1800.0, 1700.0, 1900.0, 2.4, 30.0),
    ],
    {
        "wide": {
            "products_us": 1000.0,
            "gflops": 300.0,
            "bytes": 24e6,
            "gb_per_s": 40.0,
            "memory_us": 600.0,
            "roof_us": 1600.0,
        }
    },
    {
        "wide": {
            "paths": "5120",
            "median_s": 0.4,
            "min_s": 0.3,
            "max_s": 0.5,
            "peak_mb": 76.0,
        },
        "deep": {
            "paths": str(10 * 64**19),
            "median_s": 1.25,
            "min_s": 1.0,
            "max_s": 2.0,
            "peak_mb": None,
        },
    },
)
