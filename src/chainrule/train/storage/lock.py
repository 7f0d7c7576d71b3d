"""A lock on a file that ends with its process, however that ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import final

from chainrule.errors import RunError
from chainrule.train.storage.regular_files import open_regular

try:
    import fcntl
except ImportError:  # not a POSIX system: a second process on a run is then not noticed
    fcntl = None

__all__ = ["Lock"]


@final
class Lock:
    """An exclusive `flock` on a file, released by `release` or by the end of the process.

    The file is never deleted: otherwise one process could lock the old file and another a new one.
    Raises `RunError` if another process, or another `Lock` of this one, holds it.
    """

    def __init__(self, path: Path) -> None:
        self._handle: int | None = None
        if fcntl is None:
            return
        handle = open_regular(path, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise RunError(
                str(path.parent),
                expected="a run that nobody else is writing",
                got="one in use by another process",
                remedy="wait for it, or stop it",
            ) from None
        except OSError:  # a file system without locks
            os.close(handle)
            return
        self._handle = handle

    def release(self) -> None:
        """Release the lock; idempotent."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
