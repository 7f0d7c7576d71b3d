"""Folders that appear complete: prepared under a hidden name, then renamed into place."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from chainrule.errors import RunError
from chainrule.train.storage import atomic
from chainrule.train.storage.lock import Lock

__all__ = ["settle", "stage"]

_PREFIX = ".chainrule-new-"
_ABANDONED = 3600.0  # seconds after which a folder nobody locks is taken for a killed process's


@contextlib.contextmanager
def stage(parent: Path, lock_name: str) -> Iterator[tuple[Path, Lock]]:
    """A new hidden folder in `parent`, locked; deleted again unless the block ends well.

    The lock goes with the folder when it is renamed, and is the caller's to release.
    """
    _remove_abandoned(parent, lock_name)
    folder = parent / f"{_PREFIX}{secrets.token_hex(8)}"
    folder.mkdir()
    lock = None
    try:
        lock = Lock(folder / lock_name)
        yield folder, lock
    except BaseException:
        if lock is not None:
            lock.release()
        shutil.rmtree(folder, ignore_errors=True)
        raise


def settle(folder: Path, path: Path, *, exact: bool) -> Path:
    """Rename a staged folder to `path`, or with `exact=False` to the first of `path`, `path-2`, …
    that is free; returns where it went. `RunError` where `path` was taken meanwhile.
    """
    target, number = path, 1
    while True:
        # The rename itself fails on a folder with content, so two processes cannot both win; an
        # empty one is replaced where the system does that, and has to be removed first elsewhere.
        try:
            if exact and os.name == "nt" and target.is_dir():
                target.rmdir()
            if exact or not target.exists():
                os.rename(folder, target)
                break
        except OSError:
            if not target.exists():
                raise
        if exact:
            raise RunError(
                str(path),
                expected="a new or empty folder for the run",
                got="one that was taken meanwhile",
                remedy="name another one",
            )
        number += 1
        target = path.with_name(f"{path.name}-{number}")
    atomic.sync_folder(target.parent)
    return target


def _remove_abandoned(parent: Path, lock_name: str) -> None:
    """Delete what killed processes left: old folders that nobody holds the lock of."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError, RunError):
            # Only old ones: between mkdir and lock, a living process holds nothing yet.
            if time.time() - folder.stat().st_mtime > _ABANDONED:
                lock = Lock(folder / lock_name)
                shutil.rmtree(folder, ignore_errors=True)
                lock.release()
