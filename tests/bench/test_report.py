"""The page and the JSON, from results that nobody measured."""

from __future__ import annotations

import json

import pytest

from bench.small import ENVIRONMENT, RUN
from chainrule.bench.measurements.memory import needed
from chainrule.bench.measurements.roof import bytes_moved, lower, products
from chainrule.bench.measurements.scaling import Point, points, work
from chainrule.bench.report import markdown
from chainrule.bench.results import Result, Run
from chainrule.bench.workloads import WORKLOADS

PAGE = markdown([RUN], [Point("batch", 16, 1000, 50.0), Point("batch", 32, 2000, 90.0)])


@pytest.mark.parametrize(
    "line",
    [
        "- A processor, 2 processors, Linux 6",
        "- Python 3.13.0; chainrule 0.1.0, torch 2.13.0",
        "- matrix products: openblas 0.3.30 SkylakeX, 2 threads",
        "## 2 threads",
        "| workload | chainrule | best peer | ratio | must reach | aim | of the roof |",
        "| tiny | 1.50 µs | sklearn 100 µs | 66.67 × | 10 × met | 25 × met | - |",
        "| wide | 2000 µs | torch_eager 1800 µs | 0.90 × | 1 × NOT met |"
        " 1.3 × NOT met, 85% of the roof NOT met | 80% |",
        "### tiny: 2-8-2, batch 8",
        "| chainrule | 1.50 | 1.25 | 2.00 | 1.00 × | 0.70000 |",
        "| torch_eager | 150 | 140 | 180 | 100.00 × | 0.70000 |",
        "- not timed: jax_step, jax is not installed",
        "Roof 1600 µs: products 1000 µs at 300 GFLOP/s, 24 MB in 600 µs at 40 GB/s."
        " chainrule reaches 80% of it.",
        "| torch_eager | 30.0 | 2.58 × |",
        "| 32 | 90.0 | 2.0 × | 1.8 × | 4.5e+04 |",
        "| wide: 784-512-512-10 | 5,120 | 0.400 | 0.300 | 0.500 | 76 | 1 s, 500 MB met |",
        "| deep: 64-20 × 64-10 | 2.1 × 10³⁵ | 1.250 | 1.000 | 2.000 | - | 1 s, 500 MB NOT met |",
    ],
)
def test_the_page_says(line):
    assert line in PAGE.splitlines()


def test_fastest_first():
    tiny = PAGE.split("### tiny")[1].split("###")[0]
    assert tiny.index("| chainrule") < tiny.index("| sklearn") < tiny.index("| torch_eager")


def test_tables_are_whole():
    for part in PAGE.split("\n\n"):
        if part.startswith("|"):
            assert len({line.count("|") for line in part.splitlines()}) == 1


def test_few_repetitions_are_said():
    few = Run({**ENVIRONMENT, "repetitions": 3}, RUN.results)
    assert "fewer than 5" in markdown([few])
    assert "fewer than 5" not in PAGE


def test_without_peers_or_without_ours():
    alone = Run(ENVIRONMENT, [r for r in RUN.results if r.contestant == "chainrule"])
    assert "| tiny | 1.50 µs | - | - | 10 × | 25 × | - |" in markdown([alone])
    others = Run(ENVIRONMENT, [r for r in RUN.results if r.contestant != "chainrule"], RUN.roof)
    assert "| tiny | - | sklearn 100 µs | - | 10 × | 25 × | - |" in markdown([others])
    nobody = Run({**ENVIRONMENT, "left_out": {"norm": {"chainrule": "disagrees: x"}}}, [])
    assert "- not timed: chainrule, disagrees: x" in markdown([nobody])


def test_json_has_the_form_asked_for():
    entries = json.loads(json.dumps(RUN.to_dict()))
    assert list(entries) == ["environment", "results", "roof", "explaining"]
    fields = ["workload", "contestant", "median_us", "min_us", "max_us", "loss_after_50", "peak_mb"]
    assert all(list(result) == fields for result in entries["results"])
    assert entries == RUN.to_dict()
    assert entries["results"][0]["peak_mb"] is None


def test_contestants_of_a_workload():
    assert list(RUN.of("tiny")) == ["chainrule", "sklearn", "torch_eager"]
    assert isinstance(RUN.of("tiny")["sklearn"], Result)
    assert RUN.workloads == ["tiny", "wide"]


def test_the_roof_counts_what_must_be_done():
    wide, one = WORKLOADS["wide"], WORKLOADS["infer-1"]
    forward = 128 * (784 * 512 + 512 * 512 + 512 * 10)
    backward = 2 * forward - 128 * 784 * 512
    assert sum(m * n * k for _, m, n, k in products(wide)) == forward + backward == work(wide)
    weights = 784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10
    assert wide.parameters == weights
    assert bytes_moved(wide) == 8 * (4 * weights + 128 * (784 + 512 + 512 + 10))
    assert [kind for kind, *_ in products(one)] == ["forward", "forward"]
    assert bytes_moved(one) == 4 * (784 * 128 + 128 + 1280 + 10 + 784 + 2 * 138)


def test_the_better_half_of_two_roofs():
    good = RUN.roof["wide"]
    slow_products = good | {"products_us": 2000.0, "gflops": 150.0, "roof_us": 2600.0}
    slow_memory = good | {"memory_us": 1200.0, "gb_per_s": 20.0, "roof_us": 2200.0}
    assert lower(slow_products, slow_memory) == pytest.approx(good)
    assert lower({}, good) == lower(good, {}) == good
    assert lower({}, {}) == {}


def test_memory_counts_what_is_needed():
    wide = WORKLOADS["wide"]
    batch = 128 * (4 * 784 + 8)
    assert needed(wide) == 16 * wide.parameters + 4 * 128 * (512 + 512 + 10) + batch


def test_scaling_varies_one_thing():
    for axis in ("batch", "width", "depth"):
        along = [(value, workload) for name, value, workload in points() if name == axis]
        works = [work(workload) for _, workload in along]
        assert works == sorted(works)
        assert all(workload.steps >= 50 for _, workload in along)
