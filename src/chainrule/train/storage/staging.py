"""Staged folders: prepared under a hidden name, then renamed into place once complete."""

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
from chainrule.train.storage.regular_files import check_folder

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None

__all__ = ["settle", "stage"]

_PREFIX = ".chainrule-new-"
_ABANDONED = 3600.0
"""The age in seconds at which an unlocked hidden folder is taken to be left by a killed process,
where it cannot be known from a lock of the parent."""

_TRIES = 100
"""How often, every hundredth of a second, the lock of the parent is tried."""


@contextlib.contextmanager
def stage(parent: Path, lock_name: str) -> Iterator[tuple[Path, Lock]]:
    """Create a hidden folder in `parent` and lock it; an error in the block deletes it again.

    The lock stays on the folder when it is renamed; the caller has to release it.
    """
    folder = parent / f"{_PREFIX}{secrets.token_hex(8)}"
    lock = None
    try:
        with _locked(parent) as alone:
            _remove_abandoned(parent, lock_name, 0.0 if alone else _ABANDONED)
            folder.mkdir()
            lock = Lock(folder / lock_name)
        yield folder, lock
    except BaseException:
        if lock is not None:
            lock.release()
        shutil.rmtree(folder, ignore_errors=True)
        raise


def settle(folder: Path, path: Path, *, exact: bool) -> Path:
    """Rename a staged folder to `path`, and return its new path.

    With `exact=False` it is renamed to the first of `path`, `path-2`, … that is free; otherwise
    raises `RunError` if `path` was taken meanwhile.
    """
    target, number = path, 1
    while True:
        # Renaming onto a folder with content fails, so two processes cannot both succeed. An empty
        # folder is replaced by POSIX systems; Windows needs it removed first.
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


@contextlib.contextmanager
def _locked(parent: Path) -> Iterator[bool]:
    """Lock a folder, so that between the making of a staged folder and its lock nobody comes.

    False where it cannot be locked, or another process holds the lock for long.
    """
    if fcntl is None:
        yield False
        return
    handle = os.open(parent, os.O_RDONLY)
    try:
        yield _acquire(handle)
    finally:
        os.close(handle)


def _acquire(handle: int) -> bool:
    assert fcntl is not None
    for _ in range(_TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(0.01)
        except OSError:  # a file system without locks
            return False
    return False


def _remove_abandoned(parent: Path, lock_name: str, age: float) -> None:
    """Delete what killed processes left: folders of this age whose lock no process holds."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError, RunError):
            check_folder(folder)
            if time.time() - folder.stat().st_mtime >= age:
                lock = Lock(folder / lock_name)
                shutil.rmtree(folder, ignore_errors=True)
                lock.release()
