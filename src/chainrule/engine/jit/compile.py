"""How kernels are compiled: once for a machine, kept on disk where that is possible."""

from __future__ import annotations

import functools
import hashlib
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numba

from chainrule.engine.jit.numba_internals import LOCKS, FunctionCache, keep, stamp

__all__ = ["OPTIONS", "compiled", "folder", "inner"]

F = TypeVar("F", bound=Callable[..., Any])

# sums may be reordered and contracted; NaN and infinity keep their meaning, for they are looked for
FASTMATH = {"reassoc", "contract", "arcp", "nsz"}

OPTIONS: Any = {"fastmath": FASTMATH, "error_model": "numpy", "nogil": True}
"""How everything is compiled."""

LOG = logging.getLogger(__name__)


def _hold() -> None:
    for lock in LOCKS:
        lock.__enter__()


def _let_go() -> None:
    for lock in reversed(LOCKS):
        with suppress(RuntimeError):  # an interrupt came before it was taken
            lock.__exit__(None, None, None)


if hasattr(os, "register_at_fork"):
    # a forked process has none of the other threads: what one of them held would stay held
    os.register_at_fork(before=_hold, after_in_parent=_let_go, after_in_child=_let_go)


def compiled(function: F) -> F:
    """Compile to machine code at the first call."""
    return _kept(function, OPTIONS)


def inner(function: F) -> F:
    """The same for what only compiled code calls: a third of the compiler's work is left out."""
    return _kept(function, {**OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True})


@functools.cache
def folder() -> Path | None:
    """Where compiled kernels are kept, if they can be."""
    cache = _cache(compiled)
    return cache and Path(cache.cache_path)


def _kept(function: F, options: Any) -> F:
    made: Any = numba.njit(**options)(function)
    cache = _cache(function)
    if cache:
        keep(made, cache)
    return made


def _cache(function: Callable[..., Any]) -> _Kept | None:
    """What keeps a function, where there is a folder: else it is compiled in every process."""
    try:
        return _Kept(function)
    except (RuntimeError, OSError):
        LOG.debug("no cache folder for compiled kernels")
        return None


class _Kept(FunctionCache):
    """Machine code on disk, which never stands in the way of running.

    Numba asks whether a function's own file has changed.  Kernels call kernels of other files, so
    here it is asked whether any file that kernels come from has.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        stamp(self, _digest())

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception as error:  # cut short or damaged: whatever unpickling makes of that
            LOG.debug("compiled kernels cannot be read: %s", error)
            self._flushed()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except Exception as error:  # a full disk, a folder that was taken away
            LOG.debug("compiled kernels cannot be kept: %s", error)

    def _flushed(self) -> None:
        """Begin a new index, or what is damaged would stand in the way of keeping anything."""
        try:
            self.flush()
        except OSError as error:
            LOG.debug("compiled kernels cannot be kept: %s", error)


@functools.cache
def _digest() -> str:
    """The digest of all files that kernels come from, names included.

    Those are the engine's, in whatever subfolder: kernels take nothing from other packages.
    """
    (package,) = map(Path, sys.modules["chainrule.engine"].__path__)
    files = {file.relative_to(package).as_posix(): file for file in package.rglob("*.py")}
    found = hashlib.sha256()
    for name in sorted(files):
        content = files[name].read_bytes()
        found.update(f"{name}\0{len(content)}\0".encode() + content)
    return found.hexdigest()
