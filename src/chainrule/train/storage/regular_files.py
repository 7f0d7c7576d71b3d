"""Opening regular files only: no symbolic links, no named pipes, no devices.

A run folder may come from somebody else.  A link in it would make a run read or write a file
outside of it, and a pipe would keep it waiting for ever.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

__all__ = ["check_folder", "check_replaceable", "open_regular", "read_regular"]

_FLAGS = (
    getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)  # fmt: skip


def open_regular(path: Path, flags: int) -> int:
    """A handle of a regular file, new or existing; `OSError` for anything else of that name."""
    try:
        handle = os.open(path, flags | _FLAGS, 0o666)
    except OSError as error:
        if os.path.islink(path):
            raise _wrong(path, "a symbolic link") from None
        if error.errno == errno.ENXIO:  # a pipe that nobody reads
            raise _wrong(path, "no regular file") from None
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _wrong(path, "no regular file")
    return handle


def read_regular(path: Path) -> bytes:
    """The content of a regular file; `OSError` for anything else of that name."""
    with open(open_regular(path, os.O_RDONLY), "rb") as file:
        return file.read()


def check_replaceable(path: Path) -> None:
    """Raise `OSError` if there is something other than a regular file of that name."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise _wrong(path, "a symbolic link" if stat.S_ISLNK(mode) else "no regular file")


def check_folder(path: Path) -> None:
    """Raise `OSError` unless the path is a folder itself, not a link to one."""
    mode = os.lstat(path).st_mode
    if not stat.S_ISDIR(mode):
        raise _wrong(path, "a symbolic link" if stat.S_ISLNK(mode) else "no folder")


def _wrong(path: Path, what: str) -> OSError:
    return OSError(errno.ELOOP, what, str(path))
