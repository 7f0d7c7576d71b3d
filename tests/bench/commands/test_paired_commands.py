"""Whole commands beside the scikit-learn script: what is run, and the ratios of the pairs."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from chainrule.bench.commands import paired_commands
from chainrule.bench.commands.paired_commands import Comparison, Seconds
from chainrule.bench.pairing.paired_ratios import Ratio
from chainrule.errors import OptionError

PAIRS = [(Seconds(1.0, 3.0), Seconds(2.0, 2.0)), (Seconds(3.0, 1.0), Seconds(2.0, 4.0)),
         (Seconds(2.0, 2.0), Seconds(2.0, 2.0))]  # fmt: skip


def test_ratios_are_those_of_pairs():
    found = Comparison("chainrule train digits", PAIRS)
    assert found.ratio("wall") == Ratio(1.0, 0.5, 1.5)
    assert found.ratio("cpu") == Ratio(1.0, 0.25, 1.5)
    entries = json.loads(json.dumps(found.to_dict()))
    assert entries["sklearn_seconds"][1] == {"wall": 2.0, "cpu": 4.0}
    assert (entries["wall_ratio"], entries["cpu_ratio"]) == (1.0, 1.0)
    assert "| 1.00 × (0.250–1.50) |" in paired_commands.markdown_report([found])


def test_one_disturbed_pair_of_many_is_not_in_the_interval():
    steady = (Seconds(1.0, 1.0), Seconds(2.0, 2.0))
    found = Comparison("chainrule train digits", [*[steady] * 8, (Seconds(9.0, 9.0), steady[1])])
    assert found.ratio("wall") == Ratio(0.5, 0.5, 0.5)


@pytest.mark.slow
def test_commands_and_the_script_run(monkeypatch: pytest.MonkeyPatch):
    """One pair of each, with fewer sources: a process takes seconds."""
    monkeypatch.setattr(paired_commands, "SOURCES", ("table.csv",))
    said: list[str] = []
    found = paired_commands.compare(1, os.environ, 1, said.append)
    same = "--layers 64,64 --batch-size 32 --epochs 40 --patience 0"
    assert [one.command for one in found] == [
        f"chainrule train table.csv --target class {same} --figures none",
        f"chainrule train table.csv --target class {same} --figures png",
    ]
    assert all(time > 0 for one in found for pair in one.pairs for side in pair for time in side)
    assert len(said) == 4


def test_the_script_trains_well():
    """Accuracies as of `chainrule train digits`, so that both do the same work."""
    done = subprocess.run(
        [sys.executable, "-P", str(paired_commands.SCRIPT), "digits", "40"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    accuracies = [float(line.split()[1]) for line in done.stdout.splitlines()[:3]]
    assert accuracies[0] > 0.99
    assert min(accuracies[1:]) > 0.95


def test_a_process_that_fails(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(paired_commands, "SOURCES", ("no-such-data",))
    with pytest.raises(OptionError, match="commands that succeed, got -m chainrule train"):
        paired_commands.compare(1, os.environ, 1)
