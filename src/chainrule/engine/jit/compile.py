"""Decorators that compile kernels with Numba, and cache the machine code on disk where possible."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import numba

from chainrule.engine.jit.kernel_disk_cache import kernel_cache
from chainrule.engine.jit.numba_internals import LOCKS, check_jit_enabled, set_cache

__all__ = ["OPTIONS", "compiled", "inlined", "inner"]

check_jit_enabled()

F = TypeVar("F", bound=Callable[..., Any])

# sums may be reordered and contracted; NaN and infinity keep their meaning: kernels test for them
FASTMATH = {"reassoc", "contract", "arcp", "nsz"}

OPTIONS: Any = {"fastmath": FASTMATH, "error_model": "numpy", "nogil": True}
"""The options of `numba.njit` for everything that the engine compiles."""


def _acquire_locks() -> None:
    for lock in LOCKS:
        lock.__enter__()


def _release_locks() -> None:
    for lock in reversed(LOCKS):
        with suppress(RuntimeError):  # an interrupt came before this lock was acquired
            lock.__exit__(None, None, None)


if hasattr(os, "register_at_fork"):
    # a forked process has only the thread that forked: another thread's lock would stay locked
    os.register_at_fork(
        before=_acquire_locks, after_in_parent=_release_locks, after_in_child=_release_locks
    )


def compiled(function: F) -> F:
    """Decorate a kernel: it is compiled to machine code at its first call."""
    return _compile_lazily(function, OPTIONS)


def inner(function: F) -> F:
    """Decorate a kernel that only compiled code calls; this saves a third of the compile time."""
    return _compile_lazily(
        function, {**OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    )


def inlined(function: F) -> F:
    """Decorate a kernel that becomes a part of each kernel that calls it, which is compiled once.

    What a large kernel calls is otherwise optimised again with every kernel on the way to it.
    """
    dispatcher: Any = numba.njit(**OPTIONS, inline="always")(function)
    return dispatcher


def _compile_lazily(function: F, options: Any) -> F:
    dispatcher: Any = numba.njit(**options)(function)
    cache = kernel_cache(function)
    if cache:
        set_cache(dispatcher, cache)
    return dispatcher
