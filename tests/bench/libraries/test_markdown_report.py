"""The report and the JSON, from made-up results."""

from __future__ import annotations

import json

import pytest

from chainrule.bench.libraries.markdown_report import markdown_report
from chainrule.bench.libraries.results import Result, Run
from chainrule.bench.libraries.scaling import Point

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

PAGE = markdown_report([RUN], [Point("batch", 16, 1000, 50.0), Point("batch", 32, 2000, 90.0)])


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
        " 1.3 × NOT met, 85 % of the roof NOT met | 80 % |",
        "### tiny: 2-8-2, batch 8",
        "| chainrule | 1.50 | 1.25 | 2.00 | 1.00 × | 0.70000 |",
        "| torch_eager | 150 | 140 | 180 | 100.00 × | 0.70000 |",
        "- not timed: jax_step, jax is not installed",
        "Roof 1600 µs: products 1000 µs at 300 GFLOP/s, 24 MB in 600 µs at 40 GB/s."
        " chainrule reaches 80 % of it.",
        "| torch_eager | 30.0 | 2.58 × |",
        "| 32 | 90.0 | 2.0 × | 1.8 × | 4.5e+04 |",
        "| wide: 784-512-512-10 | 5,120 | 0.400 | 0.300 | 0.500 | 76 | 1 s, 500 MB met |",
        "| deep: 64-20 × 64-10 | 2.1·10³⁵ | 1.250 | 1.000 | 2.000 | - | 1 s, 500 MB NOT met |",
    ],
)
def test_lines_of_the_page(line):
    assert line in PAGE.splitlines()


def test_fastest_first():
    tiny = PAGE.split("### tiny")[1].split("###")[0]
    assert tiny.index("| chainrule") < tiny.index("| sklearn") < tiny.index("| torch_eager")


def test_rows_have_as_many_cells_as_the_header():
    for part in PAGE.split("\n\n"):
        if part.startswith("|"):
            assert len({line.count("|") for line in part.splitlines()}) == 1


def test_few_repetitions_are_pointed_out():
    few = Run({**ENVIRONMENT, "repetitions": 3}, RUN.results)
    assert "fewer than 5" in markdown_report([few])
    assert "fewer than 5" not in PAGE


def test_without_other_libraries_or_without_chainrule():
    alone = Run(ENVIRONMENT, [r for r in RUN.results if r.contestant == "chainrule"])
    assert "| tiny | 1.50 µs | - | - | 10 × | 25 × | - |" in markdown_report([alone])
    others = Run(ENVIRONMENT, [r for r in RUN.results if r.contestant != "chainrule"], RUN.roof)
    assert "| tiny | - | sklearn 100 µs | - | 10 × | 25 × | - |" in markdown_report([others])
    nobody = Run({**ENVIRONMENT, "left_out": {"norm": {"chainrule": "disagrees: x"}}}, [])
    assert "- not timed: chainrule, disagrees: x" in markdown_report([nobody])


def test_json():
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
