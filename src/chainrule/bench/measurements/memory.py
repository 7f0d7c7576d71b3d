"""Memory: what training a network needs, and by how much a process grows when it does."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from chainrule.bench.contestants.base import Contestant
from chainrule.bench.processes.tasks import CHECKED
from chainrule.bench.workloads import Workload

__all__ = ["LIMIT", "growth", "needed", "peak_growth"]

LIMIT = 1.15
"""How many times what is needed a process may grow."""

FLOAT, LABEL = 4, 8


def needed(workload: Workload) -> int:
    """Bytes: parameters, gradients, two moments each, live activations, one batch.

    An activation for each neuron and row is kept for the way back; where it is normalised, what
    came before scale and shift is kept too.
    """
    hidden = sum(workload.sizes[1:-1])
    kept = (2 if workload.batch_norm else 1) * hidden + workload.sizes[-1]
    batch = FLOAT * workload.sizes[0] + LABEL
    return 4 * FLOAT * workload.parameters + workload.batch * (FLOAT * kept + batch)


def growth(kind: type[Contestant], workload: Workload, threads: int) -> float | None:
    """By how many MB resident memory grows, at its peak, through 50 steps from a network not made.

    The library has trained another network before, with a layer as large as the first one here, and
    the data and initial weights are in place: what it keeps once for all networks does not count.
    None where the system does not say.
    """
    _train(kind(replace(workload, sizes=(*workload.sizes[:2], workload.sizes[-1])), threads))
    contestant = kind(workload, threads)
    return peak_growth(lambda: _train(contestant))


def peak_growth(work: Callable[[], object]) -> float | None:
    """By how many MB resident memory grows, at its peak, while this is done; None if unknown."""
    _give_back()
    _forget_peak()
    before = _peak()
    work()
    after = _peak()
    return None if before is None or after is None else (after - before) / 1e6


def _train(contestant: Contestant) -> None:
    contestant.reset()
    contestant.run(contestant.batches(contestant.workload.order()[:CHECKED]))


def _give_back() -> None:
    """Let the system have what is free, or it would be taken again without growth."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # another C library than GNU's
        ctypes.CDLL(None).malloc_trim(0)


def _forget_peak() -> None:
    """Let the peak be counted anew; where that cannot be, growth is what exceeds the old one."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int | None:
    """Bytes that were resident at most."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        line = next(line for line in lines if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
