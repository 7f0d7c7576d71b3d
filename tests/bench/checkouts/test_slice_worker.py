"""The worker of a checkout runs on either checkout and counts its steps."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.small_workloads import INFER, SEQUENCES, SMALL
from chainrule.bench.checkouts import slice_worker


def test_imports_are_public():
    files = Path(slice_worker.__file__), slice_worker.MODELS
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    imported = set[str]()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            imported.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or ".")
    own = {name for name in imported if name.partition(".")[0] not in sys.stdlib_module_names}
    assert own == {"chainrule", "numpy"}


def test_make_stepper_is_found_here_and_in_older_checkouts(monkeypatch, tmp_path):
    found = slice_worker.make_stepper()
    assert found.__module__.startswith("chainrule.train")
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "old_home.py").write_text("def make_stepper(): pass")
    (tmp_path / "no_home.py").write_text("")
    monkeypatch.setattr(slice_worker, "STEPPERS", ("no_such.place", "no_home", "old_home"))
    assert slice_worker.make_stepper().__module__ == "old_home"
    monkeypatch.setattr(slice_worker, "STEPPERS", ("no_home",))
    with pytest.raises(LookupError, match="none of no_home has make_stepper"):
        slice_worker.make_stepper()
    (tmp_path / "poor_home.py").write_text("import no_such_library")
    monkeypatch.setattr(slice_worker, "STEPPERS", ("poor_home", "old_home"))
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        slice_worker.make_stepper()


@pytest.mark.parametrize("workload", [SMALL["norm"], SEQUENCES["gru"], INFER])
def test_steps_of_a_slice(workload):
    worker = slice_worker.Worker()
    worker.do({"do": "make", "workload": workload.to_dict()})
    run, counts = worker.run, list[int]()
    worker.run = lambda count: (counts.append(count), run(count))[1]
    assert worker.do({"do": "slice", "count": 100}) > 0
    assert counts == [12, 100]
    assert 0 < worker.do({"do": "warm", "seconds": 0.01}) < 1


def test_training_counts_across_epochs(monkeypatch):
    batches_run = list[int]()

    class Stepper:
        def run(self, batches: Any, rate: float) -> None:
            assert batches.shape[1] == 8
            batches_run.append(len(batches))

    monkeypatch.setattr(slice_worker, "make_stepper", lambda: lambda *_, **__: Stepper())
    slice_worker.training(SMALL["tiny"].to_dict())(130)  # epochs of 60 steps
    assert batches_run == [60, 60, 10]
