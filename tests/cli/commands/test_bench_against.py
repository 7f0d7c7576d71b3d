"""`chainrule bench --against` from end to end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import chainrule
from bench.checkout_folders import write_checkout
from cli.command import process

ROOT = Path(chainrule.__file__).resolve().parents[2]


@pytest.mark.slow
def test_this_checkout_against_itself(tmp_path):
    words = ["bench", "--against", str(ROOT), "--against-python", sys.executable, "--json"]
    only = ["--workload", "tiny", "--threads", "1", "--pairs", "2"]
    done = process(*words, *only, "-o", str(tmp_path / "new"))
    assert done.code == 0, done.err
    entries = json.loads(done.out)
    assert (tmp_path / "new/against.json").read_text() == done.out
    (row,) = entries["rows"]
    assert (row["what"], row["threads"], row["pairs"]) == ("tiny", 1, 2)
    assert row["low"] <= row["ratio"] <= row["high"]
    assert 0.1 < row["ratio"] < 10
    assert 0.01 < row["this_us"] < 1e4
    about = entries["environment"]
    assert about["this"] == about["other"]
    assert Path(about["this"]["source"]).resolve() == ROOT / "src"
    assert about["rounds"] == 2
    page = (tmp_path / "new/against.md").read_text(encoding="utf-8")
    assert "| tiny | 1 | " in page
    assert "fewer than 40" in page
    assert "next tiny, 1 thread" in done.err


@pytest.mark.parametrize(
    ("init", "got"),
    [
        ("import no_such_library", "No module named 'no_such_library'"),
        ("import os; os._exit(3)", "the end of the process (code 3)"),
        ("__file__ = '/another/chainrule/__init__.py'", "the chainrule of /another"),
        ("", "module 'chainrule' has no attribute"),
    ],
)
def test_a_checkout_that_does_not_run(call, tmp_path: Path, init, got):
    write_checkout(tmp_path / "clone", init)
    words = ["--against", tmp_path / "clone", "--against-python", sys.executable, "--pairs", 2]
    done = call("bench", *words, "--workload", "tiny", "--threads", 1)
    line = done.err.splitlines()[-1]
    assert line.startswith("chainrule: against: expected a chainrule that runs in ")
    assert got in line
    assert "train digits" in line


def test_mistakes_are_one_line(call, tmp_path):
    refused = call("bench", "--against", tmp_path / "none").refusal()
    assert "expected the folder of another checkout" in refused
    assert "which is no folder" in refused
    assert "has no src/chainrule" in call("bench", "--against", tmp_path).refusal()
    (tmp_path / "src/chainrule").mkdir(parents=True)
    (tmp_path / "src/chainrule/__init__.py").write_text("")
    refused = call("bench", "--against", tmp_path).refusal()
    assert "no .venv/bin/python" in refused
    assert "--against-python" in refused
    there = ["bench", "--against", tmp_path, "--against-python"]
    assert "which cannot be run" in call(*there, tmp_path / "python").refusal()
    assert "which cannot be run" in call(*there, tmp_path).refusal()
    assert "pairs" in call(*there, sys.executable, "--pairs", 1).refusal()
    assert "threads" in call(*there, sys.executable, "--threads", 0).refusal()
    assert "did you mean tiny" in call(*there, sys.executable, "--workload", "tine").refusal()
    assert "--contestant" in call(*there, sys.executable, "--contestant", "jax").refusal()
    assert "--repetitions" in call(*there, sys.executable, "--repetitions", 3).refusal()
    assert "--pairs" in call("bench", "--pairs", 3).refusal()
    assert "--against-python" in call("bench", "--against-python", "python").refusal()


def test_starting_the_command_loads_no_progress_bar():
    code = "import sys, chainrule.cli; print('rich.progress' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
