"""What a training takes in memory, above one of a tiny table: `make memory`.

    python tests/measure_memory.py

The goal, for wide tables and for a category of many levels, is four times what they are encoded in:
rows × inputs × the bytes of a number.  The text of the file and its columns alone take that much.
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
status = open("/proc/self/status").read().split()
print("peak", 1024 * int(status[status.index("VmHWM:") + 1]))
"""

MOST = 4
"""How often the encoded table may be in memory."""


def peak(table: pl.DataFrame, folder: Path) -> int:
    """The most bytes that a training on a table takes, read from a file."""
    folder.mkdir()
    table.write_csv(folder / "table.csv")
    arguments = ["train", folder / "table.csv", "--target", "y", "--task", "regression"]
    arguments += ["--epochs", 1, "--batch-size", 1000, "--figures", "none", "-o", folder / "run"]
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"},
    )
    return int(done.stdout.split()[-1])


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
        compiled = peak(table(2000, 2, 60), Path(folder) / "compiled")
        start = min(compiled, peak(table(2000, 2, 60), Path(folder) / "tiny"))
        for rows, numbers, levels in ((327_000, 19, 0), (200_000, 15, 3000)):
            above = peak(table(rows, numbers, levels), Path(folder) / f"{rows}") - start
            encoded = rows * (numbers + bool(levels)) * np.dtype(np.float32).itemsize
            print(
                f"{rows:,} rows, {numbers} numbers, {levels:,} levels: {above / 1e6:.0f} MB above"
                f" start-up, {above / encoded:.1f} times the encoded table (at most {MOST})"
            )
            failed |= above > MOST * encoded
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
