"""Sealed files: machine code on disk that only this user can have written, whole and unchanged.

Loading machine code means executing it, so a file is used only if

    its folder and the file belong to this user, and nobody else can write them,
    its seal is right: BLAKE2b of its name and content, keyed with a secret of this user.

The secret is made at random once and never leaves the folder (mode 0600 in a folder of mode 0700).
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import hmac
import logging
import os
import secrets
import stat
import time
from pathlib import Path
from typing import final

__all__ = ["SealedFiles", "say_once"]

LOG = logging.getLogger(__name__)

SECRET = "secret"
SECRET_SIZE = 32
SEAL_SIZE = 32
ABANDONED = 3600.0
"""The age in seconds at which a temporary file is taken to be left by a killed process."""

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


@functools.cache
def say_once(line: str) -> None:
    """Log a warning, which Python prints on standard error; once per process."""
    LOG.warning("%s", line)


@final
class SealedFiles:
    """The sealed files of a folder below `root`, both of which are made where they are missing.

    Raises `OSError` where they cannot be made, or where others could write them; its text says
    which folder it is and what to do.
    """

    def __init__(self, root: Path, name: str) -> None:
        os.makedirs(root.parent, exist_ok=True)
        _private_folder(root)
        self._secret = _secret(root / SECRET)
        self.path = root / name
        _private_folder(self.path)
        _remove_leftovers(self.path)

    def read(self, name: str) -> bytes | None:
        """The content of a file; None if it is missing, or its owner, mode or seal is wrong."""
        path = self.path / name
        try:
            content = _read_private(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            say_once(f"{error.strerror or error}: {path}; it is not used, but compiled again")
            return None
        seal, content = content[:SEAL_SIZE], content[SEAL_SIZE:]
        if not hmac.compare_digest(seal, self._seal(name, content)):
            say_once(f"{self.path}: machine code was changed or damaged; it is compiled again")
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return content

    def write(self, name: str, content: bytes) -> None:
        """Replace the content of a file; `OSError` where that fails."""
        temporary = self.path / f".{name[:64]}.{secrets.token_hex(8)}.tmp"
        try:
            _write_new(temporary, self._seal(name, content) + content)
            os.replace(temporary, self.path / name)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise

    def _seal(self, name: str, content: bytes) -> bytes:
        # the folder's name is part of it: a file of another version of the engine does not pass
        where = f"{self.path.name}/{name}\0".encode()
        return hashlib.blake2b(where + content, key=self._secret, digest_size=SEAL_SIZE).digest()


def _private_folder(path: Path) -> None:
    """Make a folder with mode 0700, or check that an existing one is this user's alone."""
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        facts = os.stat(path)
        if not stat.S_ISDIR(facts.st_mode):
            raise OSError(f"{path} is no folder") from None
    else:
        facts = os.stat(path)
    if os.name != "posix":
        return
    # a link is followed only if this user made it
    if {facts.st_uid, os.lstat(path).st_uid} != {os.geteuid()}:
        raise OSError(f"{path} belongs to another user")
    if facts.st_mode & OTHERS_WRITE:
        raise OSError(f"others can write {path}: chmod 700 it, after deleting what is in it")
    if facts.st_mode & 0o077:
        os.chmod(path, 0o700)


def _read_private(path: Path) -> bytes:
    """The content of a regular file that only this user can write."""
    # non-blocking, so that a named pipe in its place does not keep us waiting
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _FLAGS)
    with open(handle, "rb") as file:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise OSError("not a regular file")
        if os.name == "posix" and facts.st_uid != os.geteuid():
            raise OSError("the file of another user")
        if os.name == "posix" and facts.st_mode & OTHERS_WRITE:
            raise OSError("a file that others can write")
        return file.read()


def _write_new(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600)
    with open(handle, "wb") as file:
        file.write(content)


def _secret(path: Path) -> bytes:
    """The secret in a file, which is made where it is missing.

    A secret that is damaged, or that others may have read, is replaced: old seals are then wrong.
    """
    with contextlib.suppress(FileNotFoundError):
        known = _read_private(path)
        open_to_others = os.name == "posix" and os.lstat(path).st_mode & 0o077
        if len(known) == SECRET_SIZE and not open_to_others:
            return known
        path.unlink()
    temporary = path.with_name(f".{SECRET}.{secrets.token_hex(8)}.tmp")
    try:
        _write_new(temporary, secrets.token_bytes(SECRET_SIZE))
        try:
            os.link(temporary, path)  # unlike a rename, never replaces another process's secret
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            os.replace(temporary, path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
    return _read_private(path)


def _remove_leftovers(folder: Path) -> None:
    """Delete the temporary files that killed processes left."""
    for path in folder.glob(".*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - path.lstat().st_mtime > ABANDONED:
                path.unlink()
