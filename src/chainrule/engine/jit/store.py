"""Machine code on disk: made once, found from then on, never in the way of running."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

from chainrule.engine.jit.compile import folder

__all__ = ["stored"]

LOG = logging.getLogger(__name__)

SUFFIX = ".native"

MOST = 256
"""Files that are kept; those longest not used make room."""

DIGEST = hashlib.sha256().digest_size


def stored(source: str, make: Callable[[], bytes]) -> bytes:
    """What `make` makes of a source that says all it depends on, or what it once made of it."""
    place = folder()
    if place is None:
        return make()
    key = hashlib.sha256(source.encode())
    path = place / (key.hexdigest() + SUFFIX)
    found = _read(path, key.digest())
    if found is not None:
        return found
    made = make()
    try:
        path.write_bytes(_seal(key.digest(), made) + made)
        _make_room(place)
    except OSError as error:  # a full disk, a folder that was taken away
        LOG.debug("machine code cannot be kept: %s", error)
    return made


def _seal(key: bytes, made: bytes) -> bytes:
    """Tells whether a file is whole, and holds what it is named after."""
    return hashlib.sha256(key + made).digest()


def _read(path: Path, key: bytes) -> bytes | None:
    """What was stored there, unless it is damaged, another's, or not there whole."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    seal, made = content[:DIGEST], content[DIGEST:]
    if _seal(key, made) != seal:
        return None
    with contextlib.suppress(OSError):  # where nothing can be written, nothing must make room
        os.utime(path)
    return made


def _make_room(place: Path) -> None:
    """Remove what was longest not used; other processes may do so at the same time."""
    used: list[tuple[float, Path]] = []
    for path in place.glob(f"*{SUFFIX}"):
        with contextlib.suppress(FileNotFoundError):
            used.append((path.stat().st_mtime, path))
    for _, path in sorted(used)[:-MOST]:
        path.unlink(missing_ok=True)
