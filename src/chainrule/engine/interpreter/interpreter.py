"""The interpreter: it runs the instructions of a program.

All numbers of a program are in one arena of bytes, of which kernels index two views: all of it as
floats, `A`, and all of it as `integers`.  Nothing is allocated, and no Python code runs, between
the first instruction and the last.
"""

from __future__ import annotations

from chainrule.engine.instructions import COMMON_FIELDS
from chainrule.engine.interpreter.dispatch import run_kernel
from chainrule.engine.jit.compile import compiled
from chainrule.engine.simd.intrinsics import without_refcount
from chainrule.engine.threads.barrier import barrier

__all__ = ["execute"]

OPCODE, KERNEL, BARRIER, SINGLE = range(len(COMMON_FIELDS))
FIRST_FIELD = len(COMMON_FIELDS)


@compiled
def execute(table, first, last, micro, params, A, integers, rank, ranks, counter, goal):
    """Run instructions `first` to `last` of a table; return the number of arrivals at barriers.

    All threads call it, each with its rank.  They wait for each other before an instruction that
    needs other threads' results, and at the end.  An instruction may jump back to an earlier one;
    before `first`, they stop.
    """
    table, micro, params, A, integers = (
        without_refcount(table), without_refcount(micro), without_refcount(params),
        without_refcount(A), without_refcount(integers),
    )  # fmt: skip
    counter = without_refcount(counter)
    at = first
    while first <= at < last:
        row = table[at]
        at += 1
        many = ranks
        if ranks > 1:
            if row[BARRIER]:
                goal = barrier(counter, goal, ranks)
            if row[SINGLE]:
                if rank > 0:
                    continue
                many = 1
        back = run_kernel(
            row[KERNEL], row[OPCODE], row[FIRST_FIELD:], micro, params, A, integers, rank, many,
            counter, at,
        )  # fmt: skip
        if back >= 0:
            at -= 1 + back
    return barrier(counter, goal, ranks)
