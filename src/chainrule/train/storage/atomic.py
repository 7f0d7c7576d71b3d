"""Atomic writes: files that are complete or absent, whenever the process or the machine stops."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from pathlib import Path

from chainrule.train.storage.regular_files import check_replaceable, open_regular

__all__ = ["append", "remove_leftovers", "sync_folder", "write"]

_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{16}\.tmp")


def write(path: Path, content: bytes) -> None:
    """Replace the content of `path` atomically: readers see the old content or the new.

    Writes a temporary file in the same folder, then fsync, rename, and fsync of the folder. If it
    raises `OSError`, the old content remains. Links, pipes and folders are not replaced.
    """
    check_replaceable(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
        try:
            _write_all(handle, content)
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def append(path: Path, content: bytes) -> None:
    """Append `content` to `path` and fsync.

    If the process is killed meanwhile, the file may end with only the beginning of `content`; on an
    `OSError`, such as a full disk, or Ctrl-C it is truncated to its former length.  A link is not
    followed: that is an `OSError` too.
    """
    handle = open_regular(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        before = os.fstat(handle).st_size
        try:
            _write_all(handle, content)
            os.fsync(handle)
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(handle, before)
            raise
    finally:
        os.close(handle)


def remove_leftovers(folder: Path) -> None:
    """Delete the temporary files that a killed process left in `folder`.

    Only safe while no process writes there.
    """
    for entry in folder.iterdir():
        if _TEMPORARY.fullmatch(entry.name) and entry.is_file():
            with contextlib.suppress(FileNotFoundError):
                entry.unlink()


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` survive a loss of power, on systems that support it."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Some network file systems refuse this; the rename itself has succeeded.
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


_BINARY = getattr(os, "O_BINARY", 0)


def _write_all(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]
