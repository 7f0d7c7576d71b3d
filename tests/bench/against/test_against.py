"""Two checkouts timed in turn: the statistics, the order, the worker, the mistakes."""

from __future__ import annotations

import ast
import json
import math
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import chainrule
from bench.small import INFER, SMALL
from chainrule.bench.against import rounds, slices, startup
from chainrule.bench.against.checkout import Checkout, other, this
from chainrule.bench.against.paired import Ratio, paired
from chainrule.bench.against.rounds import Comparison, Plan, Row, compare
from chainrule.bench.against.table import markdown
from chainrule.errors import OptionError
from cli.command import process

HERE = Path(chainrule.__file__).resolve().parents[2]


def _rounds(rng: np.random.Generator, ratio: float) -> list[list[tuple[float, float]]]:
    """Eight rounds of 25 pairs on a machine that drifts, disturbs, and gives processes luck."""
    luck = rng.normal(0, 0.02, (8, 1))
    speed = np.exp(np.linspace(0, 0.3, 200).reshape(8, 25) + rng.normal(0, 0.1, (8, 25)))
    noise = 0.03 * rng.standard_t(3, (2, 8, 25))
    disturbed = 1 + 2 * (rng.random((2, 8, 25)) < 0.05)
    ours, theirs = (speed * np.exp(n) * d for n, d in zip(noise, disturbed, strict=True))
    both = np.stack([ratio * np.exp(luck) * ours, theirs], axis=-1)
    return [[(a, b) for a, b in one] for one in both.tolist()]


def test_the_interval_is_students():
    found = paired(pairs := _rounds(np.random.default_rng(0), 1.1))
    medians = [float(np.median([np.log(a / b) for a, b in one])) for one in pairs]
    interval = stats.ttest_1samp(medians, 0).confidence_interval(0.95)
    assert math.log(found.low) == pytest.approx(interval.low)
    assert math.log(found.high) == pytest.approx(interval.high)
    assert math.log(found.value) == pytest.approx(np.mean(medians))


def test_the_interval_holds_the_true_ratio_as_often_as_it_says():
    rng, times = np.random.default_rng(1), 600
    found = [paired(_rounds(rng, 1.1)) for _ in range(times)]
    held = sum(one.low <= 1.1 <= one.high for one in found)
    # within what a binomial of 600 draws may be off by, twice in a thousand
    assert stats.binomtest(held, times, 0.95).pvalue > 0.002, held / times


def test_verdicts_of_what_is_known():
    rng = np.random.default_rng(2)
    for ratio, verdict in ((1.0, "level"), (1.2, "slower"), (0.8, "faster")):
        found = [paired(_rounds(rng, ratio)).verdict for _ in range(50)]
        assert found.count(verdict) >= 49, ratio


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (1.0301, 1.2, "slower"),
        (1.03, 1.2, "level"),
        (0.9, 0.9699, "faster"),
        (0.9, 0.97, "level"),
        (0.5, 2.0, "level"),
    ],
)
def test_a_whole_interval_decides(low, high, verdict):
    assert Ratio(1.0, low, high).verdict == verdict


class _Machine:
    """Two pretended checkouts on a machine that becomes slower with every slice."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds, self.speed = seconds, 1.0
        self.calls: list[str] = []
        self.started: list[str] = []

    def time(self, name: str) -> float:
        self.calls.append(name)
        self.speed *= 1.01
        return self.seconds[name] * self.speed


class _Pretended:
    def __init__(self, machine: _Machine, name: str) -> None:
        self.machine, self.name = machine, name
        self.asked: list[dict[str, Any]] = []

    def __enter__(self) -> _Pretended:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def worker(self, environ: Any, threads: int) -> _Pretended:
        self.machine.started.append(self.name)
        return self

    def send(self, **request: Any) -> None:
        self.asked.append(request)

    def about(self, worker: Any) -> dict[str, Any]:
        return {"source": self.name, "commit": None, "python": "3.13.0", "versions": {}}

    def receive(self, worker: Any) -> None:
        return None

    def answer(self, worker: Any, **request: Any) -> float:
        self.asked.append(request)
        slow = request["do"] == "slice"
        return self.machine.time(self.name) if slow else self.machine.seconds[self.name]


def test_in_turn_and_drift_favours_neither(monkeypatch):
    machine, said = _Machine({"a": 1.25e-3, "b": 1e-3}), list[tuple[int, str]]()
    a, b = _Pretended(machine, "a"), _Pretended(machine, "b")
    monkeypatch.setattr(rounds, "PAUSE", 0.0)
    monkeypatch.setattr(startup, "seconds", lambda which, *_: machine.time(which.name))
    plan = Plan({}, (2, 1), pairs=32, seconds=0.045, say=lambda *words: said.append(words))
    one: Any = a
    another: Any = b
    found = compare([SMALL["tiny"], INFER], one, another, plan)
    assert [(row.what, row.threads) for row in found.rows] == [
        *[(name, n) for n in (2, 1) for name in ("tiny", "infer-1")],
        *[(what, None) for what in startup.COMMANDS],
    ]
    for row in found.rows:
        assert row.ratio == pytest.approx(1.25, rel=1e-9 if row.threads else 0.02)
        assert row.verdict == "slower"
        assert row.pairs == (32 if row.threads else 8)
    assert "".join(machine.calls[:8]) == "abbaabba"
    # two processes of each in a round, besides those that say what they are; either may be first
    assert "".join(machine.started) == "ab" + "ababbaba" * 4
    counts = {request["count"] for request in a.asked + b.asked if request["do"] == "slice"}
    assert counts == {40}  # 0.045 s of the mean of both
    total = rounds.parts([SMALL["tiny"], INFER], plan)
    assert [done for done, _ in said] == list(range(total))


def test_few_pairs_are_few_rounds():
    assert Plan({}, pairs=3).rounds == 3
    assert Plan({}, pairs=200).rounds == 8


def test_the_worker_needs_nothing_that_moves():
    tree = ast.parse(Path(slices.__file__).read_text(encoding="utf-8"))
    imported = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or ".")
    own = {name for name in imported if name.partition(".")[0] not in sys.stdlib_module_names}
    assert own == {"chainrule", "numpy"}


def test_steppers_are_found_here_and_where_they_were(monkeypatch, tmp_path):
    found = slices.make_stepper()
    assert found.__module__.startswith("chainrule.train")
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "old_home.py").write_text("def make_stepper(): pass")
    (tmp_path / "no_home.py").write_text("")
    monkeypatch.setattr(slices, "STEPPERS", ("no_such.place", "no_home", "old_home"))
    assert slices.make_stepper().__module__ == "old_home"
    monkeypatch.setattr(slices, "STEPPERS", ("no_home",))
    with pytest.raises(LookupError, match="none of no_home has make_stepper"):
        slices.make_stepper()
    (tmp_path / "poor_home.py").write_text("import no_such_library")
    monkeypatch.setattr(slices, "STEPPERS", ("poor_home", "old_home"))
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        slices.make_stepper()


@pytest.mark.parametrize("workload", [SMALL["norm"], INFER])
def test_a_slice_does_so_many_steps(workload):
    worker = slices.Worker()
    worker.do({"do": "make", "workload": workload.to_dict()})
    run, counts = worker.run, list[int]()
    worker.run = lambda count: (counts.append(count), run(count))[1]
    assert worker.do({"do": "slice", "count": 100}) > 0
    assert counts == [12, 100]
    assert 0 < worker.do({"do": "warm", "seconds": 0.01}) < 1


def test_training_counts_across_epochs(monkeypatch):
    made = list[int]()

    class Stepper:
        def run(self, batches: Any, rate: float) -> None:
            assert batches.shape[1] == 8
            made.append(len(batches))

    monkeypatch.setattr(slices, "make_stepper", lambda: lambda *_, **__: Stepper())
    slices.training(SMALL["tiny"].to_dict())(130)  # epochs of 60 steps
    assert made == [60, 60, 10]


def test_surroundings():
    base = {"PYTHONPATH": "/elsewhere", "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_CORETYPE": "x"}
    found = Checkout("it", Path("/it/src"), Path("python")).environment({**base, "HOME": "/h"}, 2)
    assert found["PYTHONPATH"] == str(Path("/it/src"))
    assert found["OMP_NUM_THREADS"] == "2"
    assert found["HOME"] == "/h"
    assert not {"PYTHONDONTWRITEBYTECODE", "OPENBLAS_CORETYPE"} & set(found)


def test_this_checkout_against_itself(tmp_path):
    words = ["bench", "--against", str(HERE), "--against-python", sys.executable, "--json"]
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
    assert Path(about["this"]["source"]).resolve() == HERE / "src"
    assert about["rounds"] == 2
    page = (tmp_path / "new/against.md").read_text(encoding="utf-8")
    assert "| tiny | 1 | " in page
    assert "fewer than 40" in page
    assert "next tiny, 1 thread" in done.err


@pytest.fixture
def clone(tmp_path):
    """Writes a checkout whose package is one file; the command to time it."""

    def written(init: str) -> list[str]:
        package = tmp_path / "clone/src/chainrule"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(init)
        folder = str(tmp_path / "clone")
        return ["bench", "--against", folder, "--against-python", sys.executable, "--pairs", "2"]

    return written


def test_a_start_is_timed_and_a_failing_one_is_said(clone):
    here = this()
    assert 0.001 < startup.seconds(here, "import chainrule", os.environ, 1) < 60
    there = other(Path(clone("import no_such_library")[2]), here.python)
    with pytest.raises(OptionError, match=r"clone, got import chainrule: Mod.*'no_such_library'"):
        startup.seconds(there, "import chainrule", {}, 1)


@pytest.mark.parametrize(
    ("init", "got"),
    [
        ("import no_such_library", "No module named 'no_such_library'"),
        ("import os; os._exit(3)", "the end of the process (code 3)"),
        ("__file__ = '/another/chainrule/__init__.py'", "the chainrule of /another"),
        ("", "module 'chainrule' has no attribute 'nn'"),
    ],
)
def test_another_that_does_not_run(call, clone, init, got):
    line = call(*clone(init), "--workload", "tiny", "--threads", 1).err.splitlines()[-1]
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


def test_a_file_that_is_no_program(tmp_path):
    script = tmp_path / "python"
    script.write_text("\x00")
    script.chmod(0o755)
    with pytest.raises(OptionError, match="a chainrule that runs in"):
        other(HERE, script).worker(os.environ, 1)


def test_the_python_of_an_environment_is_found(tmp_path):
    for name in ("src/chainrule/__init__.py", ".venv/bin/python"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    found = other(tmp_path)
    assert (found.source, found.python) == (tmp_path / "src", tmp_path / ".venv/bin/python")


def test_the_page():
    side = {"source": "/a/src", "commit": "abc", "python": "3.13.0", "versions": {"numpy": "2.4"}}
    about = {
        "system": "Linux 6",
        "processor": "A processor",
        "processors": 2,
        "pairs": 16,
        "rounds": 8,
        "confidence": 0.95,
        "this": side,
        "other": {**side, "source": "/b/src", "commit": None},
    }
    pairs = [[(2e-4, 1e-4)], [(2e-4, 1e-4)]]
    lines = markdown(
        Comparison(about, [Row.of("mnist", 2, pairs), Row.of("import chainrule", None, pairs)])
    ).splitlines()
    assert "- this: /a/src at abc, Python 3.13.0, numpy 2.4" in lines
    assert "- other: /b/src, Python 3.13.0, numpy 2.4" in lines
    assert "| mnist | 2 | 200 µs | 100 µs | 2.000 | 2.000 to 2.000 | 2 | slower |" in lines
    last = "| import chainrule | - | 200 µs | 100 µs | 2.000 | 2.000 to 2.000 | 2 | slower |"
    assert lines[-1] == last
    assert len({line.count("|") for line in lines if line.startswith("|")}) == 1


def test_medians_are_of_all_pairs():
    row = Row.of("tiny", 1, [[(3e-6, 1e-6), (1e-6, 2e-6)], [(2e-6, 9e-6)]])
    assert row.this_us == pytest.approx(statistics.median([3, 1, 2]))
    assert row.other_us == pytest.approx(statistics.median([1, 2, 9]))


def test_starting_the_command_loads_no_progress_bar():
    code = "import sys, chainrule.cli; print('rich.progress' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
