"""Reading formats in a process of its own, which a damaged file may end."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from chainrule.train.data.reading.formats import worker
from chainrule.train.data.reading.memory_limit import check_size, too_large, written
from chainrule.train.data.reading.problems import unreadable

if TYPE_CHECKING:
    import polars as pl

__all__ = ["frame_of", "run_worker"]

SECONDS = 120.0
"""After this time, and a second more for every megabyte, a file is taken to be damaged."""

NAMES = {
    "parquet": "Parquet",
    "arrow": "Arrow",
    "jsonl": "JSON lines",
    "json": "JSON",
    "zst": "Zstandard",
}
"""What errors call each format."""


def frame_of(path: Path, kind: str, content: bytes, memory: int) -> pl.DataFrame:
    """The table in a Parquet, Arrow or JSON file, of at most `memory` bytes; DataError for none."""
    import polars as pl

    with _output(path, kind, content, memory) as table:
        return pl.read_ipc_stream(table)


def run_worker(path: Path, kind: str, content: bytes, memory: int) -> bytes:
    """The decompressed content, of at most `memory` bytes; DataError where it cannot be read."""
    with _output(path, kind, content, memory) as file:
        return file.read()


def _output(path: Path, kind: str, content: bytes, memory: int) -> IO[bytes]:
    command = [sys.executable, "-P", worker.__file__, str(memory), kind]
    environment = {**os.environ, "POLARS_MAX_THREADS": str(min(4, os.cpu_count() or 1))}
    table = tempfile.TemporaryFile()  # noqa: SIM115  (the caller closes it)
    try:
        done = subprocess.run(
            command,
            input=content,
            stdout=table,
            stderr=subprocess.PIPE,
            timeout=SECONDS + len(content) / 1e6,
            check=False,
            env=environment,
        )
        _check_ended(path, kind, done.returncode, done.stderr.decode(errors="replace"), memory)
    except subprocess.TimeoutExpired:
        table.close()
        got = f"{NAMES[kind]} that takes too long to read"
        raise unreadable(path, got, "write it again") from None
    except BaseException:
        table.close()
        raise
    table.seek(0)
    return table


def _check_ended(path: Path, kind: str, code: int, said: str, memory: int) -> None:
    """Raise DataError unless the process ended well; `said` is what it wrote on standard error."""
    name = NAMES[kind]
    last = next((line for line in reversed(said.split("\n")) if line.strip()), "unknown")
    if code == worker.LARGE:
        check_size(path, max(memory + 1, int(last) if last.isdecimal() else 0), memory)
    if code == worker.UNREADABLE:
        raise unreadable(path, f"no {name} in it ({last})", "write it again")
    if code and "memory allocation" in said:
        raise too_large(path, f"one that needs more than {written(memory)}", memory)
    if code:
        raise unreadable(path, f"{name} that ends its reader (exit code {code})", "write it again")
