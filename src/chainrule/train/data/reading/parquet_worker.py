"""Run as a process of its own: Parquet on standard input, an Arrow stream on standard output.

A damaged Parquet file can make its reader panic, abort or ask for any amount of memory; here that
ends only this process.  It imports nothing of the package, so that it starts quickly.
"""

from __future__ import annotations

import io
import sys
from typing import Any

__all__ = ["LARGE", "UNREADABLE", "bytes_needed"]

UNREADABLE, LARGE = 3, 4
"""Exit codes, with a line on standard error."""

ADDRESS_SPACE = 3 * 10**9
"""What the process takes besides the table: code, stacks of threads, reserved addresses."""

CELL = {"String": 24, "Binary": 24}
"""Bytes of a cell while the table is read; of all other types 16: as it is, and as a float64."""


def main() -> int:
    limit = int(sys.argv[1])
    _limit_address_space(limit)
    import polars as pl

    try:
        content = sys.stdin.buffer.read()
        schema = pl.read_parquet_schema(io.BytesIO(content))
        rows = pl.scan_parquet(io.BytesIO(content)).select(pl.len()).collect().item()
        needed = bytes_needed(rows, schema)
        if needed > limit:
            return _end(LARGE, str(needed))
        pl.read_parquet(io.BytesIO(content)).write_ipc_stream(sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except MemoryError:
        return _end(LARGE, str(limit))
    except BaseException as error:  # a panic of Polars is no Exception
        lines = str(error).splitlines() or [type(error).__name__]
        return _end(UNREADABLE, f"{type(error).__name__}: {lines[0][:200]}")
    return 0


def _end(code: int, line: str) -> int:
    sys.stderr.write(f"{line}\n")
    return code


def bytes_needed(rows: int, schema: Any) -> int:
    """The memory that a table takes, by its footer."""
    cells = sum(CELL.get(type(kind).__name__, 16) for kind in schema.values())
    return rows * cells


def _limit_address_space(limit: int) -> None:
    try:
        import resource

        soft = limit + ADDRESS_SPACE
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard != resource.RLIM_INFINITY:
            soft = min(soft, hard)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    except (ImportError, ValueError, OSError):  # not a POSIX system
        pass


if __name__ == "__main__":
    sys.exit(main())
