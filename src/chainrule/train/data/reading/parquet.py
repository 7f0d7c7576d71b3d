"""Reading Parquet files in a process of its own, which a damaged file may end."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.train.data.reading import parquet_worker
from chainrule.train.data.reading.memory_limit import check_size, too_large, written
from chainrule.train.data.reading.strict_csv import unreadable

if TYPE_CHECKING:
    import polars as pl

__all__ = ["read_parquet"]

SECONDS = 120.0
"""After this time, and a second more for every megabyte, a file is taken to be damaged."""


def read_parquet(path: Path, content: bytes, memory: int) -> pl.DataFrame:
    """The table in a Parquet file; DataError where it cannot be read in `memory` bytes."""
    import polars as pl

    command = [sys.executable, "-P", parquet_worker.__file__, str(memory)]
    environment = {**os.environ, "POLARS_MAX_THREADS": str(min(4, os.cpu_count() or 1))}
    with tempfile.TemporaryFile() as table:
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
        except subprocess.TimeoutExpired:
            raise unreadable(
                path, "Parquet that takes too long to read", "write it again"
            ) from None
        _check_ended(path, done.returncode, done.stderr.decode(errors="replace"), memory)
        table.seek(0)
        return pl.read_ipc_stream(table)


def _check_ended(path: Path, code: int, said: str, memory: int) -> None:
    """Raise DataError unless the process ended well; `said` is what it wrote on standard error."""
    last = next((line for line in reversed(said.split("\n")) if line.strip()), "unknown")
    if code == parquet_worker.LARGE:
        check_size(path, max(memory + 1, int(last) if last.isdecimal() else 0), memory)
    if code == parquet_worker.UNREADABLE:
        raise unreadable(path, f"no Parquet in it ({last})", "write it again")
    if code and "memory allocation" in said:
        raise too_large(path, f"one that needs more than {written(memory)}", memory)
    if code:
        raise unreadable(path, f"Parquet that ends its reader (exit code {code})", "write it again")
