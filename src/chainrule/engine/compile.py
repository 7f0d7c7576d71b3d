"""How kernels are compiled: once for a machine, kept on disk where that is possible."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import numba

__all__ = ["OPTIONS", "compiled"]

F = TypeVar("F", bound=Callable[..., Any])

# sums may be reordered and contracted; NaN and infinity keep their meaning, for they are looked for
FASTMATH = {"reassoc", "contract", "arcp", "nsz"}

OPTIONS: dict[str, Any] = {"fastmath": FASTMATH, "error_model": "numpy", "nogil": True}
"""How everything is compiled.

Kernels take slices: an index counted from an offset may be negative for all the compiler knows, and
is then not turned into vector instructions.
"""


def compiled(function: F) -> F:
    """Compile to machine code at the first call."""
    try:
        return numba.njit(cache=True, **OPTIONS)(function)  # type: ignore[return-value]
    except RuntimeError:  # no folder to keep it in: compile again in every process
        logging.getLogger(__name__).debug("no cache folder for compiled kernels")
        return numba.njit(**OPTIONS)(function)  # type: ignore[return-value]
