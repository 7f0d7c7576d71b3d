"""The machine: what it is, and the surroundings that every contestant's process gets."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["child_environment", "describe", "processors"]

CLEARED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""Variables that can pin BLAS to the kernels of another processor."""

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NPROC",  # XLA's, under both its names
    "PJRT_NPROC",
)

PACKAGES = (
    "chainrule", "numpy", "scipy", "numba", "scikit-learn", "torch", "jax", "jaxlib", "micrograd",
    "autograd",
)  # fmt: skip

CPU = Path("/sys/devices/system/cpu")


def child_environment(base: Mapping[str, str], threads: int) -> dict[str, str]:
    """The variables of a contestant's process: `base` with BLAS unpinned and threads limited.

    >>> found = child_environment({"OPENBLAS_CORETYPE": "Haswell", "HOME": "/home/me"}, 2)
    >>> "OPENBLAS_CORETYPE" in found, found["HOME"], found["OMP_NUM_THREADS"]
    (False, '/home/me', '2')
    """
    kept = {name: value for name, value in base.items() if name not in CLEARED}
    return {**kept, **dict.fromkeys(THREADS, str(threads)), "JAX_PLATFORMS": "cpu"}


def processors(threads: int) -> set[int] | None:
    """As many processors as threads, on cores of their own where there are enough, to run on.

    Some libraries look at these and at nothing else.  None where a system cannot bind a process.
    """
    if not hasattr(os, "sched_getaffinity"):
        return None
    free = sorted(os.sched_getaffinity(0))
    cores: dict[str, int] = {}
    for number in free:
        cores.setdefault(_core(number), number)
    first = list(cores.values())
    rest = [number for number in free if number not in first]
    return set([*first, *rest][:threads])


def describe(threads: int, repetitions: int) -> dict[str, Any]:
    """The environment entry of the results."""
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
    """What tells a core from others: the processors that share it."""
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
