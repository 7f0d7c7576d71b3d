"""The disk cache of machine code that the engine generates itself, next to Numba's kernels.

A failure to read or write the cache never stops a run.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path

from chainrule.engine.jit.kernel_disk_cache import sealed_files
from chainrule.engine.jit.sealed_files import say_once

__all__ = ["cached_machine_code"]

SUFFIX = ".native"

MAX_FILES = 256
"""The number of files that are kept; the least recently used are deleted first."""


def cached_machine_code(source: str, generate: Callable[[], bytes]) -> bytes:
    """The machine code of a source, from the cache, or from `generate` where it is not cached.

    `source` must contain everything that the machine code depends on: its digest is the key.
    """
    files = sealed_files()
    if files is None:
        return generate()
    name = hashlib.sha256(source.encode()).hexdigest() + SUFFIX
    cached = files.read(name)
    if cached is not None:
        return cached
    code = generate()
    try:
        files.write(name, code)
        _delete_least_recently_used(files.path)
    except OSError as error:  # a full disk, a folder that was removed
        say_once(f"compiled kernels cannot be kept on disk: {error.strerror or error}")
    return code


def _delete_least_recently_used(folder: Path) -> None:
    """Delete the files beyond `MAX_FILES`; other processes may do the same at the same time."""
    files: list[tuple[float, Path]] = []
    for path in folder.glob(f"*{SUFFIX}"):
        with contextlib.suppress(FileNotFoundError):
            files.append((path.stat().st_mtime, path))
    for _, path in sorted(files)[:-MAX_FILES]:
        path.unlink(missing_ok=True)
