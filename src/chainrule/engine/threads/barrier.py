"""Teams: several threads walk the same table together, each doing its share of every instruction.

A thread that has done its share and needs what others make waits in a loop, for the work between
two meetings takes microseconds and waking a thread takes longer.  A thread that waits long gives
its processor away, so that a busy machine is slow but not stuck.
"""

from __future__ import annotations

import os
from typing import Any

from llvmlite import ir
from numba import types

from chainrule.engine.jit.compile import compiled
from chainrule.engine.jit.numba_internals import data_pointer
from chainrule.engine.simd.intrinsics import intrinsic

__all__ = ["SPINS", "barrier", "claim", "share"]

SPINS = 500_000
"""Looks at the counter before a waiting thread gives its processor away: some 300 µs."""

_sleep: Any = types.ExternalFunction(
    "Sleep" if os.name == "nt" else "usleep", types.intc(types.uint32)
)
NAP = 1 if os.name == "nt" else 20
"""Milliseconds there, microseconds elsewhere.  A thread that sleeps is woken on a processor that is
free; one that only gives way may stay for long on the one of the thread it waits for."""


@intrinsic
def claim(typing: Any, counter: Any, at: Any) -> Any:
    """counter[at] before 1 is added to it, seen by all threads after everything written before."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        counters = data_pointer(context, builder, signature.args[0], arguments[0])
        place = builder.gep(counters, [arguments[1]])
        return builder.atomic_rmw("add", place, ir.Constant(ir.IntType(64), 1), "seq_cst")

    return types.int64(counter, types.int64), generate


@intrinsic
def _arrived(typing: Any, counter: Any) -> Any:
    """counter[0], with everything that others wrote before they arrived."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = data_pointer(context, builder, signature.args[0], arguments[0])
        return builder.load_atomic(place, "seq_cst", align=8)

    return types.int64(counter), generate


@compiled
def barrier(counter, goal, ranks):
    """Arrive, and wait until all of a team have; the arrivals counted by then, `goal` before."""
    if ranks == 1:
        return goal
    goal += ranks
    claim(counter, 0)
    spins = 0
    while _arrived(counter) < goal:
        spins += 1
        if spins > SPINS:
            _sleep(NAP)
    return goal


@compiled
def share(n, grain, rank, ranks):
    """The stretch of n things, in whole grains, that thread `rank` of `ranks` does."""
    if ranks == 1:
        return 0, n
    grains = (n + grain - 1) // grain
    return min(grains * rank // ranks * grain, n), min(grains * (rank + 1) // ranks * grain, n)
