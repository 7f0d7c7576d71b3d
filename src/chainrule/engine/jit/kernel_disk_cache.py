"""The disk cache of Numba's machine code for kernels."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chainrule.engine.jit.numba_internals import CodeCache
from chainrule.engine.jit.sealed_files import SealedFiles, say_once

__all__ = ["KernelCache", "cache_root", "kernel_cache", "sealed_files"]

PREFIX = "kernels-"
SUFFIX = ".nbc"

COMPILING = "compiling kernels for this machine, which is done once and takes some seconds …"

MAX_FOLDERS = 8
"""Each version of the engine has a folder; of more than this, the least recently used go."""


class KernelCache(CodeCache):
    """Numba's cache of one function; a failure to read or write it never stops a run.

    Numba invalidates a cache when the function's own file changes.  Kernels call kernels from other
    files, so this cache has another folder when any file that contains kernels changes.
    """

    def __init__(self, function: Callable[..., Any], files: SealedFiles) -> None:
        super().__init__(function)
        self._files, self._function = files, function

    @property
    def cache_path(self) -> str:
        return str(self._files.path)

    def read(self, key: str) -> bytes | None:
        content = self._files.read(self._name_of(key))
        if content is None:
            say_once(COMPILING)
        return content

    def write(self, key: str, content: bytes) -> None:
        try:
            self._files.write(self._name_of(key), content)
        except OSError as error:  # a full disk, a folder that was removed
            say_once(f"compiled kernels cannot be kept on disk: {error.strerror or error}")

    def _name_of(self, key: str) -> str:
        """The name of the file for a signature: readable, and different for every key."""
        readable = "".join(c for c in self._function.__name__ if c.isalnum() or c == "_")[:40]
        return f"{readable}-{hashlib.sha256(key.encode()).hexdigest()[:40]}{SUFFIX}"


def kernel_cache(function: Callable[..., Any]) -> KernelCache | None:
    """The cache of a function; None where no folder is usable, so that each process compiles."""
    files = sealed_files()
    return files and KernelCache(function, files)


def sealed_files() -> SealedFiles | None:
    """The files of the disk cache, or None where its folder is not usable; which is said once."""
    return _open(cache_root(), PREFIX + _source_digest()[:24])


def cache_root() -> Path:
    """The folder of all machine code: `NUMBA_CACHE_DIR` where set, else the user's cache folder."""
    configured = os.environ.get("NUMBA_CACHE_DIR")
    if configured:
        return Path(configured) / "chainrule"
    import platformdirs

    return platformdirs.user_cache_path("chainrule", appauthor=False)


@functools.cache
def _open(root: Path, name: str) -> SealedFiles | None:
    try:
        known = (root / name).exists()
        files = SealedFiles(root, name)
        with contextlib.suppress(OSError):
            os.utime(files.path)
            if not known:
                _delete_least_recently_used(root)
        return files
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        say_once(
            "compiled kernels are not kept on disk, so that every process compiles its own"
            f" ({reason}); NUMBA_CACHE_DIR names another folder"
        )
        return None


def _delete_least_recently_used(root: Path) -> None:
    """Delete the folders beyond `MAX_FOLDERS`; other processes may do the same."""
    folders = sorted((path.lstat().st_mtime, path) for path in root.glob(f"{PREFIX}*"))
    for _, path in folders[:-MAX_FOLDERS]:
        shutil.rmtree(path, ignore_errors=True)


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
