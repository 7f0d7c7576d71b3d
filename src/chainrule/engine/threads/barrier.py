"""The barrier at which threads wait for each other between instructions.

A waiting thread spins, because the work between two barriers takes microseconds and waking a
thread takes longer.  After a long wait it sleeps, so that a busy machine is slow but not stuck.
"""

from __future__ import annotations

import os
from typing import Any

from numba import types

from chainrule.engine.jit.compile import compiled
from chainrule.engine.threads.atomics import fetch_add, load

__all__ = ["barrier"]

SPINS = 500_000
"""Reads of the counter before a waiting thread sleeps: some 300 µs."""

_sleep: Any = types.ExternalFunction(
    "Sleep" if os.name == "nt" else "usleep", types.intc(types.uint32)
)
NAP = 1 if os.name == "nt" else 20
"""How long a waiting thread sleeps: milliseconds on Windows, microseconds elsewhere.

A thread that sleeps wakes on a free processor.  A thread that only yields may long occupy the
processor that the thread it waits for needs.
"""


@compiled
def barrier(counter, goal, ranks):
    """Wait until all threads have arrived; return the arrivals counted by then.

    `counter[0]` counts arrivals since the threads started, and `goal` is how many of them earlier
    barriers account for.
    """
    if ranks == 1:
        return goal
    goal += ranks
    fetch_add(counter, 0)
    spins = 0
    while load(counter) < goal:
        spins += 1
        if spins > SPINS:
            _sleep(NAP)
    return goal
