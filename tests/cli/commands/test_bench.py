"""`chainrule bench` from end to end."""

from __future__ import annotations

import json
import os

import pytest

from cli.command import environment, process
from promises.forms import bench_form
from promises.promise import check


@pytest.mark.slow
def test_a_quick_comparison(tmp_path):
    folder = tmp_path / "new" / "results"
    words = ["bench", "--quick", "--workload", "tiny", "--threads", "1", "--repetitions", "2"]
    only = [f"--contestant={name}" for name in ("chainrule", "autograd")]
    env = environment(OPENBLAS_CORETYPE="Prescott", COLUMNS="80")
    done = process(*words, *only, "-o", str(folder), env=env)
    assert done.code == 0, done.err
    assert "| tiny | " in done.out
    assert "tiny: repetition 2 of 2" in done.err
    assert sorted(os.listdir(folder)) == ["bench.json", "benchmarks.md"]
    assert (folder / "benchmarks.md").read_text(encoding="utf-8") == done.out
    entries = json.loads((folder / "bench.json").read_text())
    assert list(entries) == ["environment", "results", "roof", "explaining"]
    assert entries["explaining"] == {}
    check("bench", bench_form(entries))
    ours = next(r for r in entries["results"] if r["contestant"] == "chainrule")
    assert 0 < ours["min_us"] <= ours["median_us"] <= ours["max_us"]
    assert entries["roof"]["tiny"]["roof_us"] > 0
    assert entries["environment"]["threads"] == 1
    assert not any("Prescott" in line for line in entries["environment"]["blas"])


def test_only_json_is_printed(call, monkeypatch):
    from chainrule.bench.libraries import comparison
    from chainrule.bench.libraries.results import Run

    monkeypatch.setattr(
        comparison, "run", lambda *_: Run({"left_out": {"tiny": {}}, "threads": 2}, [])
    )
    done = call("bench", "--json", "--workload", "tiny", "--threads", 2)
    assert json.loads(done.out) == {
        "environment": {"left_out": {"tiny": {}}, "threads": 2},
        "results": [],
        "roof": {},
        "explaining": {},
    }
    assert isinstance(json.loads(call("bench", "--json", "--workload", "tiny").out), list)


def test_disagreement_of_chainrule_is_an_error(call, monkeypatch):
    from chainrule.bench.libraries import comparison
    from chainrule.bench.libraries.results import Run

    without = {"tiny": {"chainrule": "disagrees: loss 2"}}
    monkeypatch.setattr(comparison, "run", lambda *_: Run({"left_out": without, "threads": 2}, []))
    assert call("bench", "--json", "--workload", "tiny", "--threads", 2).code == 1


def test_mistakes_are_one_line(call, tmp_path):
    assert "did you mean tiny" in call("bench", "--workload", "tine").refusal()
    assert "did you mean" in call("bench", "--contestant", "sklear").refusal()
    assert "threads" in call("bench", "--threads", 0).refusal()
    assert "repetitions" in call("bench", "--repetitions", 0).refusal()
    file = tmp_path / "file"
    file.write_text("")
    assert "expected a folder" in call("bench", "-o", file).refusal()
