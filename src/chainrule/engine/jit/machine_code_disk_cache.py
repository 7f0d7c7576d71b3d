"""The disk cache of machine code that the engine generates itself, next to Numba's kernels.

A failure to read or write the cache never stops a run.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

from chainrule.engine.jit.kernel_disk_cache import cache_folder

__all__ = ["cached_machine_code"]

LOG = logging.getLogger(__name__)

SUFFIX = ".native"

MAX_FILES = 256
"""The number of files that are kept; the least recently used are deleted first."""

DIGEST_SIZE = hashlib.sha256().digest_size


def cached_machine_code(source: str, generate: Callable[[], bytes]) -> bytes:
    """The machine code of a source, from the cache, or from `generate` where it is not cached.

    `source` must contain everything that the machine code depends on: its digest is the key.
    """
    folder = cache_folder()
    if folder is None:
        return generate()
    key = hashlib.sha256(source.encode())
    path = folder / (key.hexdigest() + SUFFIX)
    cached = _read(path, key.digest())
    if cached is not None:
        return cached
    code = generate()
    try:
        path.write_bytes(_checksum(key.digest(), code) + code)
        _delete_least_recently_used(folder)
    except OSError as error:  # a full disk, a folder that was removed
        LOG.debug("machine code cannot be kept: %s", error)
    return code


def _checksum(key: bytes, code: bytes) -> bytes:
    """The checksum of a whole, undamaged file with this key."""
    return hashlib.sha256(key + code).digest()


def _read(path: Path, key: bytes) -> bytes | None:
    """The machine code in a file; None if the file is missing, damaged, or has another key."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    checksum, code = content[:DIGEST_SIZE], content[DIGEST_SIZE:]
    if _checksum(key, code) != checksum:
        return None
    with contextlib.suppress(OSError):  # in a read-only folder nothing is deleted either
        os.utime(path)
    return code


def _delete_least_recently_used(folder: Path) -> None:
    """Delete the files beyond `MAX_FILES`; other processes may do the same at the same time."""
    files: list[tuple[float, Path]] = []
    for path in folder.glob(f"*{SUFFIX}"):
        with contextlib.suppress(FileNotFoundError):
            files.append((path.stat().st_mtime, path))
    for _, path in sorted(files)[:-MAX_FILES]:
        path.unlink(missing_ok=True)
