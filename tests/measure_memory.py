"""What a training takes in memory, above one of a small table: `make memory`.

    python tests/measure_memory.py

For wide tables and for a category of many levels it is at most four times what they are encoded in:
rows × inputs × the bytes of a number.  Reading alone is measured besides: a training hides some of
what it takes, since it needs memory for the engine afterwards.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

TRAIN = """
import sys
from chainrule.cli.main import command_line
command_line()(sys.argv[1:], standalone_mode=False)
"""

READ = """
import sys
import numpy as np
from chainrule.train.data.load_dataset import load
from chainrule.train.options import RunOptions
load(RunOptions(sys.argv[2], target="y", task="regression"), dtype=np.float32)
"""

PEAK = """
status = open("/proc/self/status").read().split()
print("peak", 1024 * int(status[status.index("VmHWM:") + 1]))
"""

MOST = 4
"""How often the encoded table may be in memory in a training."""

MOST_READING = 5
"""The same of reading alone, of which less is sure: allocators keep what is free."""

SMALL = 20_000
"""The rows of a table that is read as a large one is, and takes next to no memory."""

TIMES = 2
"""How often a training is measured; the first one may compile."""


def peak(script: str, table: Path) -> int:
    """The most bytes that a script takes on a table, the least of some times."""
    pools = ("OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS")
    found = []
    for number in range(TIMES):
        run = table.with_suffix(f".{number}")
        arguments = ["train", table, "--target", "y", "--task", "regression", "--epochs", 1]
        arguments += ["--batch-size", 1000, "--figures", "none", "-o", run]
        done = subprocess.run(
            [sys.executable, "-c", script + PEAK, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **dict.fromkeys(pools, "1")},
        )
        found.append(int(done.stdout.split()[-1]))
    return min(found)


def table(rows: int, numbers: int, levels: int) -> pl.DataFrame:
    """Columns of numbers, and one of so many levels if there are any."""
    rng = np.random.default_rng(0)
    columns = {f"x{i}": rng.normal(size=rows).round(4) for i in range(numbers)}
    city = {"city": [f"Town {i % levels}" for i in range(rows)]} if levels else {}
    return pl.DataFrame({**columns, **city, "y": rng.normal(size=rows).round(4)})


def main() -> int:
    """The exit code: 1 if a table takes more than the goal."""
    if not Path("/proc/self/status").exists():
        print("the peak is read from /proc, which this system does not have")
        return 0
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.csv"
        table(SMALL, 2, 60).write_csv(small)
        start = {script: peak(script, small) for script in (TRAIN, READ)}
        for rows, numbers, levels in ((327_000, 19, 0), (200_000, 15, 3000)):
            large = Path(folder) / f"{rows}.csv"
            table(rows, numbers, levels).write_csv(large)
            above = {script: peak(script, large) - start[script] for script in (TRAIN, READ)}
            encoded = rows * (numbers + bool(levels)) * np.dtype(np.float32).itemsize
            train, read = (above[script] / encoded for script in (TRAIN, READ))
            print(
                f"{rows:,} rows, {numbers} numbers, {levels:,} levels: {above[TRAIN] / 1e6:.0f} MB"
                f" above start-up, {train:.1f} times the encoded table (at most {MOST}); reading"
                f" alone {read:.1f} times (at most {MOST_READING})"
            )
            failed |= train > MOST or read > MOST_READING
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
