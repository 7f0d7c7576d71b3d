"""The memory that training a network needs, and by how much a process grows when it trains one."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from chainrule.bench.contestants.contestant import Contestant
from chainrule.bench.measurements.step_time import CHECKED_STEPS
from chainrule.bench.networks import Perceptron
from chainrule.bench.workloads import Workload

__all__ = ["LIMIT", "needed_bytes", "peak_growth", "training_growth"]

LIMIT = 1.15
"""A process may grow by this many times the memory that is needed."""

FLOAT, LABEL = 4, 8


def needed_bytes(workload: Workload) -> int:
    """Bytes of the parameters, their gradients and two moments, live activations and one batch.

    The backward pass needs an activation for each neuron and row.  With BatchNorm it also needs
    the normalised value before scale and shift.
    """
    network = _perceptron(workload)
    hidden = sum(network.sizes[1:-1])
    activations = (2 if network.batch_norm else 1) * hidden + network.sizes[-1]
    batch = FLOAT * network.sizes[0] + LABEL
    return 4 * FLOAT * workload.parameters + workload.batch * (FLOAT * activations + batch)


def training_growth(kind: type[Contestant], workload: Workload, threads: int) -> float | None:
    """Peak growth of resident memory in MB while a network is built and trained for 50 steps.

    Before that the library trains another network with an equally large first layer, and the data
    and initial weights are loaded, so that memory it allocates once for all networks does not
    count.  None if the system does not report its memory.
    """
    sizes = _perceptron(workload).sizes
    another = replace(workload, network=Perceptron((*sizes[:2], sizes[-1])))
    _train(kind(another, threads))
    contestant = kind(workload, threads)
    return peak_growth(lambda: _train(contestant))


def peak_growth(work: Callable[[], object]) -> float | None:
    """Peak growth of resident memory in MB while `work` is called; None if unknown."""
    _release_free_memory()
    _reset_peak()
    before = _peak()
    work()
    after = _peak()
    return None if before is None or after is None else (after - before) / 1e6


def _perceptron(workload: Workload) -> Perceptron:
    """The network; memory is measured of perceptrons only."""
    assert isinstance(workload.network, Perceptron)
    return workload.network


def _train(contestant: Contestant) -> None:
    contestant.reset()
    contestant.run(contestant.batches(contestant.workload.order()[:CHECKED_STEPS]))


def _release_free_memory() -> None:
    """Return free memory to the system, since the process could reuse it without growing."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # a C library other than GNU's
        ctypes.CDLL(None).malloc_trim(0)


def _reset_peak() -> None:
    """Reset the recorded peak; on systems without this, growth is counted from the old peak."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int | None:
    """The most bytes that were resident so far."""
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
