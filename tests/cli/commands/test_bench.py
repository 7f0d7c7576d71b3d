"""`chainrule bench` from end to end."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import Any

import pytest

from cli.command import environment, process
from promises.forms import bench_form
from promises.promise import check


@pytest.mark.slow
def test_a_quick_comparison(tmp_path):
    folder = tmp_path / "new" / "results"
    words = ["bench", "--quick", "--workload", "tiny", "--threads", "1", "--repetitions", "2"]
    only = [f"--contestant={name}" for name in ("chainrule", "sklearn")]
    env = environment(OPENBLAS_CORETYPE="Prescott", COLUMNS="80")
    done = process(*words, *only, "-o", str(folder), env=env)
    assert done.code == 0, done.err
    assert "| tiny | " in done.out
    assert "tiny: round 1 of 1, turn 2 of 2" in done.err
    assert sorted(os.listdir(folder)) == ["bench.json", "benchmarks.md"]
    assert (folder / "benchmarks.md").read_text(encoding="utf-8") == done.out
    entries = json.loads((folder / "bench.json").read_text())
    assert list(entries) == [
        "environment",
        "host",
        "results",
        "ratios",
        "roof",
        "explaining",
        "planning",
    ]
    assert entries["explaining"] == entries["planning"] == {}
    check("bench", bench_form(entries))
    ours = next(r for r in entries["results"] if r["contestant"] == "chainrule")
    assert 0 < ours["min_us"] <= ours["median_us"] <= ours["max_us"]
    assert entries["roof"]["tiny"]["roof_us"] > 0
    assert entries["environment"]["threads"] == 1
    assert not any("Prescott" in line for line in entries["environment"]["blas"])
    done = process("bench", "--from", str(folder), "--from", str(folder / "." / ".." / "results"))
    assert done.code == 0, done.err
    assert f"Host {entries['host']['fingerprint']}." in done.out
    assert "| tiny | 1 | 10 × |" in done.out


@pytest.fixture
def measured(monkeypatch) -> dict[str, Any]:
    """What is left out in a comparison that measures nothing, by workload; and who was asked."""
    from chainrule.bench.libraries import comparison, host
    from chainrule.bench.libraries.results import Run
    from chainrule.bench.processes import machine

    kept: dict[str, Any] = {"left_out": {"tiny": {}}, "runs": []}

    def run(workloads: Any, threads: int, plan: Any, about: Any, notes: Any) -> Run:
        kept["runs"].append((threads, list(notes)))
        entries = {
            "left_out": kept["left_out"],
            "threads": threads,
            "notes": list(notes),
            "versions": {},
            "python": "3",
            "turns": plan.turns,
            "rounds": plan.rounds,
            "seconds": plan.seconds,
            "confidence": 0.95,
            "quick": plan.quick,
        }
        return Run(entries, about, [])

    about = {"fingerprint": "f", "processors": 1, "available": 1, "rates": {}, "huge_pages": None}
    monkeypatch.setattr(comparison, "run", run)
    monkeypatch.setattr(
        host, "measure_host", lambda *_: {**about, "processor": "P", "system": "Linux"}
    )
    monkeypatch.setattr(machine, "available_processors", lambda: 2)
    return kept


def test_only_json_is_printed(call, measured):
    found = json.loads(call("bench", "--json", "--workload", "tiny", "--threads", 2).out)
    assert found["environment"]["left_out"] == {"tiny": {}}
    assert found["host"]["fingerprint"] == "f"
    assert (found["results"], found["ratios"], found["roof"]) == ([], [], {})
    assert isinstance(json.loads(call("bench", "--json", "--workload", "tiny").out), list)
    assert [threads for threads, _ in measured["runs"]] == [2, 2, 1]


def test_sizes_are_followed(call, measured, monkeypatch, tmp_path):
    from chainrule.bench.libraries import largest_wins

    point = largest_wins.WinPoint("lstm", "T", 50, 100.0, "jax_scan", 130.0)
    asked: list[Any] = []

    def measure(workloads: Any, threads: int, plan: Any) -> Any:
        asked.append(([workload.name for workload in workloads], threads))
        return [point]

    monkeypatch.setattr(largest_wins, "measure_largest_wins", measure)
    done = call("bench", "--scaling", "--threads", 1, "-o", tmp_path)
    assert "| lstm | T | 50 | 100 | jax_scan | 130 | 1.30 × |" in done.out.splitlines()
    assert (tmp_path / "largest-wins.md").read_text(encoding="utf-8") == done.out
    found = json.loads(call("bench", "--scaling", "--workload", "gru", "--json").out)
    assert found["points"] == [dataclasses.asdict(point)]
    assert asked == [(["lstm", "gru", "conv", "attn"], 1), (["gru"], 2)]


def test_disagreement_of_chainrule_is_an_error(call, measured):
    words = ("bench", "--json", "--workload", "tiny", "--threads", 2)
    measured["left_out"] = {"tiny": {"jax_step, 1 thread": "disagrees: loss 2"}}
    assert call(*words).code == 0
    measured["left_out"] = {"tiny": {"chainrule, 1 thread": "disagrees: loss 2"}}
    assert call(*words).code == 1


def test_results_of_a_hostile_file_do_not_reach_the_terminal(call, tmp_path):
    ratio = {"workload": "\x1b[31mtiny", "ratio": 1, "low": 1, "high": 1, "must": 1, "aim": None}
    entries = {
        "environment": {"threads": 1},
        "host": {"fingerprint": "f", "rates": {}},
        "ratios": [{**ratio, "must_verdict": "met"}],
    }
    (tmp_path / "bench.json").write_text(json.dumps(entries))
    done = call("bench", "--from", tmp_path)
    assert done.code == 0
    assert "tiny" in done.out
    assert "\x1b" not in done.out


def test_one_processor_only(call, measured, monkeypatch):
    from chainrule.bench.processes import machine

    monkeypatch.setattr(machine, "available_processors", lambda: 1)
    done = call("bench", "--workload", "tiny")
    note = "2 threads were not timed: only 1 processor is available."
    assert measured["runs"] == [(1, [note])]
    assert f"- {note}" in done.out.splitlines()
    assert "## 1 thread" in done.out.splitlines()


def test_results_that_cannot_be_written_are_printed(call, measured, tmp_path, monkeypatch):
    from chainrule.train.storage import atomic

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic, "write", full)
    done = call("bench", "--workload", "tiny", "-o", tmp_path)
    assert done.code == 2
    assert "# Time of a training step" in done.out
    assert "No space left on device" in done.err.splitlines()[-1]


def test_mistakes_are_one_line(call, tmp_path):
    assert "did you mean tiny" in call("bench", "--workload", "tine").refusal()
    assert "did you mean" in call("bench", "--contestant", "sklear").refusal()
    assert "threads" in call("bench", "--threads", 0).refusal()
    assert "repetitions" in call("bench", "--repetitions", 0).refusal()
    file = tmp_path / "file"
    file.write_text("")
    assert "expected a folder" in call("bench", "-o", file).refusal()
    assert "expected a folder" in call("bench", "-o", "/proc/none").refusal()
    assert "workloads that train" in call("bench", "--scaling", "--workload", "infer").refusal()
    assert "no --quick with --scaling" in call("bench", "--scaling", "--quick").refusal()
    assert "no --scaling with --tables" in call("bench", "--scaling", "--tables").refusal()
    assert "no --output with --from" in call("bench", "--from", tmp_path, "-o", "x").refusal()
    assert "has no bench.json" in call("bench", "--from", tmp_path).refusal()
