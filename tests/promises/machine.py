"""Which machine and libraries rounded the numbers that stand in files.

Kernels are compiled for the processor they run on and may fuse a multiplication with an addition
there, NumPy and BLAS choose theirs by the processor too.  So the last bit of a float is the same
wherever all of these are the same, and elsewhere only as it happens.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import llvmlite.binding
import numpy as np
from threadpoolctl import threadpool_info

__all__ = ["same_machine", "write_machine"]

NAME = "written-on.json"


def _machine() -> dict[str, str]:
    assert np.ones(1) @ np.ones(1) == 1  # so that the BLAS library is loaded
    libraries = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    blas = sorted({f"{pool['internal_api']} {pool.get('architecture')}" for pool in libraries})
    return {
        "processor": llvmlite.binding.get_host_cpu_name(),
        "blas": ", ".join(blas),
        **{name: version(name) for name in ("numpy", "scipy", "numba", "llvmlite")},
    }


def write_machine(folder: Path) -> None:
    """Write down that the files of this folder come from here."""
    (folder / NAME).write_text(json.dumps(_machine(), indent=1) + "\n", "utf-8")


def same_machine(folder: Path) -> bool:
    """Whether every bit of the files in a folder must be the same here."""
    return json.loads((folder / NAME).read_text("utf-8")) == _machine()
