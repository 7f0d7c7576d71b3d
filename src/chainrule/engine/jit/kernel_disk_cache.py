"""The disk cache of Numba's machine code for kernels."""

from __future__ import annotations

import functools
import hashlib
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chainrule.engine.jit.numba_internals import FunctionCache, set_source_stamp

__all__ = ["KernelCache", "cache_folder", "kernel_cache"]

LOG = logging.getLogger(__name__)


class KernelCache(FunctionCache):
    """Numba's cache of one function; a failure to read or write it never stops a run.

    Numba invalidates a cache when the function's own file changes.  Kernels call kernels from other
    files, so this cache is invalidated when any file that contains kernels changes.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        set_source_stamp(self, _source_digest())

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception as error:  # unpickling a truncated or damaged file can raise anything
            LOG.debug("compiled kernels cannot be read: %s", error)
            self._reset_index()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except Exception as error:  # a full disk, a folder that was removed
            LOG.debug("compiled kernels cannot be kept: %s", error)

    def _reset_index(self) -> None:
        """Start a new index, since nothing can be saved with a damaged one."""
        try:
            self.flush()
        except OSError as error:
            LOG.debug("compiled kernels cannot be kept: %s", error)


def kernel_cache(function: Callable[..., Any]) -> KernelCache | None:
    """The cache of a function; None where no folder is writable, so that each process compiles."""
    try:
        return KernelCache(function)
    except (RuntimeError, OSError):
        LOG.debug("no cache folder for compiled kernels")
        return None


@functools.cache
def cache_folder() -> Path | None:
    """The folder of the disk cache, or None where no folder is writable."""
    cache = kernel_cache(kernel_cache)
    return cache and Path(cache.cache_path)


@functools.cache
def _source_digest() -> str:
    """The digest of the names and contents of all files that may contain kernels.

    These are the engine's files, in all its subfolders: kernels call nothing from other packages.
    """
    (package,) = map(Path, sys.modules["chainrule.engine"].__path__)
    files = {file.relative_to(package).as_posix(): file for file in package.rglob("*.py")}
    digest = hashlib.sha256()
    for name in sorted(files):
        content = files[name].read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
