"""The report and the JSON, from made-up results."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chainrule.bench.libraries.markdown_report import markdown_report
from chainrule.bench.libraries.results import PeerRatio, Result, Run
from chainrule.bench.libraries.scaling import Point
from chainrule.bench.pairing.paired_ratios import Ratio

ENVIRONMENT = {
    "threads": 2,
    "turns": 36,
    "rounds": 6,
    "seconds": 0.05,
    "confidence": 0.95,
    "quick": False,
    "notes": [],
    "python": "3.13.0",
    "versions": {"chainrule": "0.1.0", "torch": "2.13.0"},
    "blas": ["openblas 0.3.30 SkylakeX, 2 threads"],
    "left_out": {"tiny": {"jax_step": "jax is not installed"}, "wide": {}},
}

RATES = {
    "package_gflops": 131.0,
    "blas_gflops": 120.4,
    "gb_per_s": 24.6,
    "wake_us": 7.4,
    "vectors": "AVX2",
}

HOST = {
    "fingerprint": "0123abcd",
    "system": "Linux 6",
    "processor": "A processor",
    "processors": 8,
    "available": 2,
    "huge_pages": "madvise",
    "rates": {"1": RATES, "2": {"error": "no host"}},
    "stolen": 0.001,
    "others": 0.02,
}

RUN = Run(
    ENVIRONMENT,
    HOST,
    [
        Result("tiny", "torch_eager", 2, "passive", 150.0, 140.0, 180.0, 36, 0.7),
        Result("tiny", "chainrule", 1, None, 1.5, 1.25, 2.0, 36, 0.7),
        Result("tiny", "sklearn", 2, None, 100.0, 99.0, 101.0, 36, 0.7),
        Result("wide", "chainrule", 2, None, 2000.0, 1900.0, 2100.0, 36, 2.4, 14.2),
        Result("wide", "torch_eager", 2, "active", 1800.0, 1700.0, 1900.0, 6, 2.4, 30.0),
    ],
    [
        PeerRatio("tiny", "sklearn", Ratio(66.5, 60.0, 70.0), 6, 36),
        PeerRatio("wide", "torch_eager", Ratio(0.9, 0.85, 1.05), 6, 36),
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
    {"lstm": {"median_s": 0.02, "min_s": 0.01, "max_s": 0.2}},
)

PAGE = markdown_report([RUN], [Point("batch", 16, 1000, 50.0), Point("batch", 32, 2000, 90.0)])


@pytest.mark.parametrize(
    "line",
    [
        "- A processor, 2 of 8 processors, Linux 6; vector instructions: AVX2; huge pages: madvise;"
        " host 0123abcd: figures of other hosts are no comparison",
        "- 1 thread: products of 1024 × 1024 at 131 GFLOP/s, NumPy's at 120; copies at 25 GB/s; a"
        " thread that sleeps answers after 7.40 µs",
        "- 2 threads: the host could not be measured: no host",
        "- stolen from this machine 0.1 % of the processor time, other processes 2.0 %",
        "- Python 3.13.0; chainrule 0.1.0, torch 2.13.0",
        "- matrix products: openblas 0.3.30 SkylakeX, 2 threads",
        "## At most 2 threads",
        "| workload | chainrule | best peer | ratio | interval | must reach | aim | of the roof |",
        "| tiny | 1.50 µs, min 1.25 (1 thread) | sklearn 100 µs, min 99.0 (2 threads) | 66.50 × |"
        " 60.00 to 70.00 | 10 × met | 25 × met | - |",
        "| wide | 2000 µs, min 1900 (2 threads) | torch_eager 1800 µs, min 1700"
        " (2 threads, active) | 0.90 × | 0.85 to 1.05 | 1 × not decided |"
        " 1.3 × NOT met, 85 % of the roof NOT met | 80 % |",
        "Not decided: wide 1 ×.",
        "### tiny: 2-8-2, batch 8",
        "| chainrule | 1 thread | 1.50 | 1.25 | 2.00 | 36 | 1.00 × | 0.70000 |",
        "| torch_eager | 2 threads, passive | 150 | 140 | 180 | 36 | 100.00 × | 0.70000 |",
        "- not timed: jax_step, jax is not installed",
        "Roof 1600 µs: products 1000 µs at 300 GFLOP/s, 24 MB in 600 µs at 40 GB/s."
        " chainrule reaches 80 % of it, at best 84 %.",
        "| torch_eager | 30.0 | 2.58 × |",
        "| 32 | 90.0 | 2.0 × | 1.8 × | 4.5e+04 |",
        "| wide: 784-512-512-10 | 5,120 | 0.400 | 0.300 | 0.500 | 76 | 1 s, 500 MB met |",
        "| lstm | 0.020 | 0.010 | 0.200 | 0.1 s met |",
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


def test_few_rounds_decide_only_what_is_clear():
    few = replace(RUN.ratios[0], rounds=1)
    run = replace(RUN, environment={**ENVIRONMENT, "rounds": 1, "quick": True}, ratios=[few])
    page = markdown_report([run])
    assert "fewer than 5 rounds: a first look" in page
    assert "every contestant has one setting only" in page
    assert "fewer than 5 rounds" not in PAGE
    assert "| 60.00 to 70.00 | 10 × met | 25 × met |" in page
    assert "Not decided: wide 1 ×, wide 1.3 ×." in page  # of which there is no ratio
    near = replace(few, ratio=Ratio(11.0, 10.9, 11.1))
    assert "Not decided: tiny 10 ×, wide" in markdown_report([replace(run, ratios=[near])])


def test_a_share_of_the_roof_is_not_decided_beside_other_processes():
    page = markdown_report([replace(RUN, host={**HOST, "others": 0.3})])
    assert "1.3 × NOT met, 85 % of the roof not decided | 80 % |" in page
    assert "Not decided: wide 85 % of the roof, wide 1 ×." in page


def test_notes_and_hosts_of_which_little_is_known():
    note = "2 threads were not timed: only 1 processor is available."
    host = {**HOST, "processors": 1, "available": 1, "huge_pages": None, "rates": {}}
    del host["stolen"]
    page = markdown_report([Run({**ENVIRONMENT, "threads": 1, "notes": [note]}, host, [])])
    assert f"- {note}" in page.splitlines()
    assert "## 1 thread" in page.splitlines()
    assert "A processor, 1 processor, Linux 6; vector instructions: unknown" in page
    assert "huge pages: unknown" in page
    assert "stolen" not in page
    both = [RUN, Run({**ENVIRONMENT, "threads": 1}, {**HOST, "stolen": 0.3}, [])]
    lines = markdown_report(both).splitlines()
    words = "stolen from this machine 30.0 % of the processor time, other processes 2.0 %"
    assert f"- while at most 1 thread ran: {words}: disturbed" in lines
    assert any(line.startswith("- while at most 2 threads ran: stolen") for line in lines)


def test_without_other_libraries_or_without_chainrule():
    ours = [r for r in RUN.results if r.contestant == "chainrule"]
    alone = markdown_report([Run(ENVIRONMENT, HOST, ours)])
    assert "| tiny | 1.50 µs, min 1.25 (1 thread) | - | - | - | 10 × | 25 × | - |" in alone
    peers = [r for r in RUN.results if r.contestant != "chainrule"]
    others = markdown_report([Run(ENVIRONMENT, HOST, peers, [], RUN.roof)])
    row = "| tiny | - | sklearn 100 µs, min 99.0 (2 threads) | - | - | 10 × | 25 × | - |"
    assert row in others
    without = {**ENVIRONMENT, "left_out": {"norm": {"chainrule, 1 thread": "disagrees: x"}}}
    nobody = markdown_report([Run(without, HOST, [])])
    assert "- not timed: chainrule, 1 thread, disagrees: x" in nobody
    assert "Not decided: norm 1.5 ×, norm 3 ×." in nobody


def test_a_workload_whose_aim_is_a_share_of_the_roof():
    results = [replace(r, workload="lstm") for r in RUN.results if r.workload == "wide"]
    ratio = replace(RUN.ratios[1], workload="lstm")
    page = markdown_report([Run(ENVIRONMENT, HOST, results, [ratio], {"lstm": RUN.roof["wide"]})])
    assert "| 1.3 × NOT met | 85 % of the roof NOT met | 80 % |" in page
    assert "### lstm: 64 characters, embedding 32, LSTM 128, T 50, batch 32" in page


def test_json():
    entries = json.loads(json.dumps(RUN.to_dict()))
    assert list(entries) == [
        "environment",
        "host",
        "results",
        "ratios",
        "roof",
        "explaining",
        "planning",
    ]
    fields = [
        "workload",
        "contestant",
        "threads",
        "wait",
        "median_us",
        "min_us",
        "max_us",
        "slices",
        "loss_after_50",
        "peak_mb",
    ]
    assert all(list(result) == fields for result in entries["results"])
    assert entries == RUN.to_dict()
    assert entries["results"][0]["peak_mb"] is None
    assert entries["host"]["fingerprint"] == "0123abcd"
    assert entries["ratios"][1] == {
        "workload": "wide",
        "peer": "torch_eager",
        "ratio": 0.9,
        "low": 0.85,
        "high": 1.05,
        "rounds": 6,
        "turns": 36,
        "must": 1.0,
        "must_verdict": "not decided",
        "aim": 1.3,
        "aim_verdict": "not met",
    }


def test_contestants_of_a_workload():
    assert list(RUN.of("tiny")) == ["chainrule", "sklearn", "torch_eager"]
    assert isinstance(RUN.of("tiny")["sklearn"], Result)
    assert RUN.workloads == ["tiny", "wide"]
