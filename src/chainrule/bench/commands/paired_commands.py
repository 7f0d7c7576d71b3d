"""The time of whole commands, in turn with that of a scikit-learn script that does the same."""

from __future__ import annotations

import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, final

from chainrule.bench.markdown import markdown_table, three_digits
from chainrule.bench.pairing.paired_ratios import CONFIDENCE, Ratio, paired_ratio
from chainrule.bench.processes.machine import child_environment
from chainrule.errors import OptionError

__all__ = ["Comparison", "Seconds", "compare", "markdown_report"]

SOURCES = ("digits", "table.csv")
"""A data set by name, and the rows of breast-cancer in a CSV file."""

SCRIPT = Path(__file__).with_name("sklearn_script.py")

EPOCHS = 40

SAME = ("--layers", "64,64", "--batch-size", "32", "--epochs", str(EPOCHS), "--patience", "0")
"""What the script does, too; by default `chainrule train` would stop where validation says so."""


class Seconds(NamedTuple):
    """What a process took: on the clock, and of processors, user and system together."""

    wall: float
    cpu: float


@final
@dataclass(frozen=True)
class Comparison:
    """A command and the script, once each in every pair."""

    command: str
    pairs: Sequence[tuple[Seconds, Seconds]]

    def ratio(self, clock: str) -> Ratio:
        """Command / script over the pairs by a clock; every pair has new processes."""
        pairs = [tuple(getattr(seconds, clock) for seconds in pair) for pair in self.pairs]
        return paired_ratio([[(ours, theirs)] for ours, theirs in pairs])

    def to_dict(self) -> dict[str, Any]:
        """The comparison as entries for JSON."""
        sides = zip(("chainrule", "sklearn"), zip(*self.pairs, strict=True), strict=True)
        return {
            "command": self.command,
            **{f"{name}_seconds": [s._asdict() for s in seconds] for name, seconds in sides},
            **{f"{clock}_ratio": self.ratio(clock).value for clock in Seconds._fields},
        }


def compare(
    repetitions: int,
    environ: Mapping[str, str],
    threads: int,
    on_progress: Callable[[str], None] = lambda line: None,
) -> list[Comparison]:
    """Run each command, with and without figures, in turn with the script.

    A first pair is not counted: it compiles kernels and fills the caches of the file system.
    Raises OptionError if a process fails.
    """
    env = child_environment(environ, threads)
    found: list[Comparison] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_table(folder / "table.csv")
        for source in SOURCES:
            target = [] if source == "digits" else ["--target", "class"]
            script = [str(SCRIPT), source, str(EPOCHS)]
            for figures in ("none", "png"):
                words = ["train", source, *target, *SAME, "--figures", figures]
                command = f"chainrule {' '.join(words)}"
                pairs: list[tuple[Seconds, Seconds]] = []
                for number in range(repetitions + 1):
                    run = ["--run", f"{Path(source).stem}-{figures}-{number}"]
                    ours = _seconds(["-m", "chainrule", *words, *run], folder, env)
                    pairs.append((ours, _seconds(script, folder, env)))
                    on_progress(f"{command}: {number} of {repetitions}")
                found.append(Comparison(command, pairs[1:]))
    return found


def _write_table(path: Path) -> None:
    from chainrule.train.data.reading.sources import read

    columns = read("breast-cancer").columns
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*list(columns)[:-1], "class"])
        writer.writerows(zip(*(column.values.tolist() for column in columns.values()), strict=True))


def _seconds(words: Sequence[str], folder: Path, env: Mapping[str, str]) -> Seconds:
    """What one process of Python took from start to end."""
    before, began = os.times(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-P", *words], cwd=folder, env=env, capture_output=True, check=False
    )
    wall, after = time.perf_counter() - began, os.times()
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise OptionError(
            "bench",
            expected="commands that succeed",
            got=f"{' '.join(words[:3])}: {lines[-1] if lines else f'code {done.returncode}'}",
            remedy="install scikit-learn, and run the command by itself",
        )
    user, system = (
        getattr(after, clock) - getattr(before, clock)
        for clock in ("children_user", "children_system")
    )
    return Seconds(wall, user + system)


def markdown_report(comparisons: Sequence[Comparison]) -> str:
    """A table of the commands: median times, and the median ratio with the least and greatest."""
    header = ["command", "s", "script, s", "ratio", "CPU s", "script, CPU s", "CPU ratio"]
    rows = [
        [f"`{one.command}`", *(cell for clock in Seconds._fields for cell in _cells(one, clock))]
        for one in comparisons
    ]
    return (
        "Whole commands beside a scikit-learn script with the same layers and epochs, which draws"
        f" nothing.\nMedians of {min(len(one.pairs) for one in comparisons)} pairs, with the"
        f" {100 * CONFIDENCE:.0f} % interval of the ratio.\n\n{markdown_table(header, rows)}\n"
    )


def _cells(one: Comparison, clock: str) -> list[str]:
    """The two medians and the ratio by a clock."""
    sides = zip(*one.pairs, strict=True)
    medians = (statistics.median(getattr(each, clock) for each in side) for side in sides)
    found = one.ratio(clock)
    ratio, low, high = map(three_digits, (found.value, found.low, found.high))
    return [*map(three_digits, medians), f"{ratio} × ({low}–{high})"]
