"""Run as a process of its own: a file on standard input, a table on standard output.

Parquet, Arrow and JSON become an Arrow stream, and what Zstandard compressed becomes plain bytes.
A damaged file can make its reader panic, abort or ask for any amount of memory; here that ends only
this process.  It imports nothing of the package, so that it starts quickly.
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


class TooLargeError(Exception):
    """A table that needs more memory than it may take, and how much."""


def main() -> int:
    limit, kind = int(sys.argv[1]), sys.argv[2]
    _limit_address_space(limit)

    try:
        content = sys.stdin.buffer.read()
        if kind == "zst":
            sys.stdout.buffer.write(_decompressed(content, limit))
        else:
            _frame(kind, content, limit).write_ipc_stream(sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except TooLargeError as error:
        return _end(LARGE, str(error))
    except MemoryError:
        return _end(LARGE, str(limit))
    except BaseException as error:  # a panic of Polars is no Exception
        lines = str(error).splitlines() or [type(error).__name__]
        return _end(UNREADABLE, f"{type(error).__name__}: {lines[0][:200]}")
    return 0


def _end(code: int, line: str) -> int:
    sys.stderr.write(f"{line}\n")
    return code


def _frame(kind: str, content: bytes, limit: int) -> Any:
    import polars as pl

    if kind == "parquet":
        schema = pl.read_parquet_schema(io.BytesIO(content))
        rows = pl.scan_parquet(io.BytesIO(content)).select(pl.len()).collect().item()
        _check(rows, schema, limit)
        return pl.read_parquet(io.BytesIO(content))
    if kind == "arrow":
        whole = content.startswith(b"ARROW1")
        frame = (pl.read_ipc if whole else pl.read_ipc_stream)(io.BytesIO(content))
    elif kind == "json":
        frame = pl.read_json(io.BytesIO(content), infer_schema_length=None)
    else:
        frame = pl.read_ndjson(io.BytesIO(content), infer_schema_length=None)
    _check(frame.height, frame.schema, limit)
    return frame


def _check(rows: int, schema: Any, limit: int) -> None:
    if (needed := bytes_needed(rows, schema)) > limit:
        raise TooLargeError(str(needed))


def _decompressed(content: bytes, limit: int) -> bytes:
    """What Zstandard compressed; Polars decompresses by itself, here into lines that are joined."""
    try:
        from compression import zstd  # type: ignore[import-not-found]  (Python 3.14)
    except ImportError:
        import polars as pl

        lines = pl.read_csv(
            content,
            has_header=False,
            separator="\x01",
            quote_char=None,
            infer_schema_length=0,  # text
            truncate_ragged_lines=True,
        )
        whole = "\n".join(lines.to_series().fill_null("").to_list()).encode()
    else:
        whole = zstd.ZstdDecompressor().decompress(content, limit + 1)
    if len(whole) > limit:
        raise TooLargeError(str(len(whole)))
    return whole


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
