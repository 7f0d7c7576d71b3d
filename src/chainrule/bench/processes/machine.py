"""The environment and the processors that a worker gets, and the versions of what it may import."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

__all__ = ["available_processors", "child_environment", "measurable", "processors", "versions"]

WAITING = "OMP_WAIT_POLICY"
"""How threads of OpenMP wait for work: `active` by spinning, `passive` by sleeping."""

CLEARED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", WAITING, "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
"""Variables that make BLAS use kernels for another processor, or change how threads wait."""

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NPROC",  # XLA reads this one and the next
    "PJRT_NPROC",
)

PACKAGES = (
    "chainrule", "numpy", "scipy", "numba", "scikit-learn", "torch", "jax", "jaxlib", "micrograd",
    "autograd",
)  # fmt: skip

CPU = Path("/sys/devices/system/cpu")


def child_environment(
    base: Mapping[str, str], threads: int, wait: str | None = None
) -> dict[str, str]:
    """The environment of a worker: `base` without CLEARED, a limit of threads, and how they wait.

    >>> found = child_environment({"OPENBLAS_CORETYPE": "Haswell", "HOME": "/home/me"}, 2, "active")
    >>> "OPENBLAS_CORETYPE" in found, found["HOME"], found["OMP_NUM_THREADS"]
    (False, '/home/me', '2')
    >>> found["OMP_WAIT_POLICY"]
    'active'
    """
    others = {name: value for name, value in base.items() if name not in CLEARED}
    waiting = {} if wait is None else {WAITING: wait}
    return {**others, **dict.fromkeys(THREADS, str(threads)), "JAX_PLATFORMS": "cpu", **waiting}


def available_processors() -> int:
    """The number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def measurable(threads: Iterable[int], available: int) -> tuple[list[int], list[str]]:
    """The numbers of threads that have a processor each, and a sentence for each other number.

    >>> measurable([2, 1], 1)
    ([1], ['2 threads were not timed: only 1 processor is available.'])
    >>> measurable([4], 2)
    ([2], ['4 threads were not timed: only 2 processors are available.'])
    """
    asked = list(dict.fromkeys(threads))
    have = "1 processor is" if available == 1 else f"{available} processors are"
    notes = [
        f"{count} threads were not timed: only {have} available."
        for count in asked
        if count > available
    ]
    return list(dict.fromkeys(min(count, available) for count in asked)), notes


def processors(threads: int) -> set[int] | None:
    """The processors to bind a worker to: one for each thread, on separate cores if possible.

    Some libraries choose their number of threads by these alone.  None if the system cannot bind
    processes.
    """
    if not hasattr(os, "sched_getaffinity"):
        return None
    free = sorted(os.sched_getaffinity(0))
    first_of_core: dict[str, int] = {}
    for number in free:
        first_of_core.setdefault(_core(number), number)
    first = list(first_of_core.values())
    rest = [number for number in free if number not in first]
    return set([*first, *rest][:threads])


def versions() -> dict[str, str]:
    """The versions of the packages that are installed, of those that are compared."""
    return {name: version for name in PACKAGES if (version := _version(name))}


def _core(number: int) -> str:
    """An identifier of the processor's core: the list of processors that share it."""
    try:
        return (CPU / f"cpu{number}/topology/thread_siblings_list").read_text()
    except OSError:
        return str(number)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
