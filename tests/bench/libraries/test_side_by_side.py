"""Results beside each other: those of different hosts are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chainrule.bench.libraries.side_by_side import read_results, side_by_side
from chainrule.errors import OptionError


def entries(low: float, verdict: str, host: str = "a", gflops: float = 130.0) -> dict[str, Any]:
    """Results of one workload with two threads."""
    ratio = {"workload": "wide", "ratio": 1.1, "low": low, "high": 1.2, "must": 1.0, "aim": None}
    return {
        "environment": {"threads": 2},
        "host": {
            "fingerprint": host,
            "rates": {"1": {"package_gflops": gflops}, "2": {"error": "no"}},
        },
        "ratios": [{**ratio, "must_verdict": verdict, "aim_verdict": None}],
    }


def written(folder: Path, *runs: Any) -> Path:
    folder.mkdir()
    for number, run in enumerate(runs):
        (folder / f"bench{number or ''}.json").write_text(json.dumps(run))
    return folder


def shown(*runs: dict[str, Any]) -> str:
    return side_by_side({f"run {number}": [run] for number, run in enumerate(runs)})


def test_verdicts_of_several_runs():
    page = shown(entries(1.05, "met"), entries(0.99, "not decided"))
    assert "| workload | at most threads | goal | run 0 | run 1 | all |" in page
    cells = "1.10 × (1.05 to 1.20) met | 1.10 × (0.99 to 1.20) not decided"
    assert f"| wide | 2 | 1 × | {cells} | met |" in page
    assert page.startswith("Host a.\n")
    assert "CONTRADICTION: met/not met |" in shown(entries(1, "met"), entries(0.9, "not met"))
    assert "| not decided |\n" in shown(entries(0.9, "not decided"), entries(0.9, "not decided"))


def test_a_cell_that_a_run_lacks():
    assert "| - | met |" in shown(entries(1, "met"), {**entries(1, "met"), "ratios": []})


def test_results_of_another_host_are_refused(tmp_path):
    with pytest.raises(OptionError, match="results of one host, got run 0: host a; run 1: host b"):
        shown(entries(1, "met"), entries(1, "met", host="b"))
    mixed = read_results(written(tmp_path / "x", entries(1, "met"), entries(1, "met", host="b")))
    with pytest.raises(OptionError, match="one host"):
        side_by_side({"x": mixed})


def test_a_host_that_is_much_faster_today():
    assert "ran at 130, 200 GFLOP/s" in shown(entries(1, "met"), entries(1, "met", gflops=200))
    assert "GFLOP/s" not in shown(entries(1, "met"), entries(1, "met", gflops=150))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", '"x"', '{"ratios": []}', '{"ratios": 3, "host": {}}', "\x00", "[[[["],
)
def test_files_that_are_no_results(tmp_path, text):
    (tmp_path / "bench.json").write_text(text)
    with pytest.raises(OptionError, match=r"expected a folder with results.*bench\.json"):
        read_results(tmp_path)


@pytest.mark.parametrize("place", [("host", "fingerprint"), ("host", "rates"), ("ratios",)])
@pytest.mark.parametrize("value", [None, 3, "x", [3], {"x": 3}])
def test_entries_of_another_type(tmp_path, place, value):
    run = entries(1, "met")
    inner = run
    for key in place[:-1]:
        inner = inner[key]
    if (inner[place[-1]], value) == ("a", "x"):
        return
    inner[place[-1]] = value
    (tmp_path / "bench.json").write_text(json.dumps(run))
    with pytest.raises(OptionError, match="expected a folder with results"):
        read_results(tmp_path)


def test_folders_without_results(tmp_path):
    with pytest.raises(OptionError, match=r"which has no bench\.json"):
        read_results(tmp_path)
    with pytest.raises(OptionError, match="which is no folder"):
        read_results(tmp_path / "none")
