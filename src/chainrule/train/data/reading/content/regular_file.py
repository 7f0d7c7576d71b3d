"""The bytes of a regular file, decompressed."""

from __future__ import annotations

import io
import os
import stat
import zlib
from pathlib import Path

from chainrule.train.data.reading.formats.worker_process import run_worker
from chainrule.train.data.reading.memory_limit import check_size, too_large, written
from chainrule.train.data.reading.problems import unreadable

__all__ = ["COMPRESSED", "inner_suffix", "read_content"]

COMPRESSED = (".gz", ".zst")
"""The endings of compressed files."""

TEXT = 3
"""How often the content of a file is in memory while it is read."""


def inner_suffix(path: Path) -> str:
    """The ending that says what a file holds, without that of its compression.

    >>> inner_suffix(Path("a.CSV.gz")), inner_suffix(Path("a.tsv")), inner_suffix(Path("a.gz"))
    ('.csv', '.tsv', '.csv')
    """
    suffix = path.suffix.lower()
    if suffix in COMPRESSED:
        return Path(path.stem).suffix.lower() or ".csv"
    return suffix


def read_content(path: Path, limit: int) -> bytes:
    """The content of a regular file, or of a link to one, that takes at most `limit` bytes.

    Raises DataError for anything else, and for compressed content that is damaged.
    """
    try:
        content = _bytes(path, limit)
    except OSError as error:
        raise unreadable(path, error.strerror or str(error), "check the path") from None
    if path.suffix.lower() == ".gz":
        return _gunzip(path, content, limit)
    if path.suffix.lower() == ".zst":
        return run_worker(path, "zst", content, limit // TEXT)
    return content


def _bytes(path: Path, limit: int) -> bytes:
    # non-blocking, so that a named pipe does not keep us waiting
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(handle, "rb") as file:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise OSError(0, "no regular file, such as a pipe or a device")
        check_size(path, TEXT * facts.st_size, limit)
        return file.read()


def _gunzip(path: Path, content: bytes, limit: int) -> bytes:
    import gzip

    most = limit // TEXT
    try:
        with gzip.open(io.BytesIO(content)) as file:
            whole = file.read(most + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise unreadable(path, f"damaged gzip content ({error})", "compress it again") from None
    if len(whole) > most:
        raise too_large(path, f"one that needs more than {written(limit)}", limit)
    return whole
