"""The machine: its description, and the environment and processors that a worker gets."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["child_environment", "describe", "processors"]

CLEARED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""Variables that can make BLAS use kernels for another processor."""

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


def child_environment(base: Mapping[str, str], threads: int) -> dict[str, str]:
    """The environment of a worker: `base` without CLEARED and with a limit of threads.

    >>> found = child_environment({"OPENBLAS_CORETYPE": "Haswell", "HOME": "/home/me"}, 2)
    >>> "OPENBLAS_CORETYPE" in found, found["HOME"], found["OMP_NUM_THREADS"]
    (False, '/home/me', '2')
    """
    others = {name: value for name, value in base.items() if name not in CLEARED}
    return {**others, **dict.fromkeys(THREADS, str(threads)), "JAX_PLATFORMS": "cpu"}


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


def describe(threads: int, repetitions: int) -> dict[str, Any]:
    """The machine, the versions of the libraries, and how the measurement is made."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
        "processors": os.cpu_count(),
        "threads": threads,
        "repetitions": repetitions,
        "python": platform.python_version(),
        "versions": {name: version for name in PACKAGES if (version := _version(name))},
    }


def _core(number: int) -> str:
    """An identifier of the processor's core: the list of processors that share it."""
    try:
        return (CPU / f"cpu{number}/topology/thread_siblings_list").read_text()
    except OSError:
        return str(number)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
