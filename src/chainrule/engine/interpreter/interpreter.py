"""The interpreter: a loop over the instructions of a program.

All numbers of a program are in two arenas, of floats and of integers.  Nothing is allocated, and no
Python code runs, between the first instruction and the last.
"""

from __future__ import annotations

from typing import Any

from numba import types

from chainrule.engine.interpreter.fused import fused
from chainrule.engine.interpreter.strided import copy_strided, strided
from chainrule.engine.jit.compile import compiled
from chainrule.engine.jit.numba_internals import data_pointer
from chainrule.engine.kernels.log_loss import log_loss
from chainrule.engine.kernels.matrix_product import multiply, multiply_stack
from chainrule.engine.kernels.one_hot import one_hot
from chainrule.engine.kernels.random_numbers import uniform
from chainrule.engine.kernels.reductions import reduce
from chainrule.engine.kernels.softmax import softmax
from chainrule.engine.kernels.standardize import standardize
from chainrule.engine.opcodes import BARRIER, OPCODES, SINGLE
from chainrule.engine.simd.intrinsics import call_c_function, intrinsic, without_refcount
from chainrule.engine.threads.barrier import barrier

__all__ = ["execute"]

FUSED, GEMM, GEMM_STACK, SUM, PROD, LOG_SOFTMAX = (
    OPCODES[name] for name in ("fused", "gemm", "gemm_stack", "sum", "prod", "log_softmax")
)
ONE_HOT, UNIFORM, LOG_LOSS, STANDARDIZE, NATIVE, COPY_INTEGERS = (
    OPCODES[name]
    for name in ("one_hot", "uniform", "log_loss", "standardize", "native", "copy_integers")
)


@intrinsic
def _call_native(typing: Any, address: Any, A: Any, integers: Any) -> Any:
    """Call the machine code of a range of instructions: see `chainrule.engine.small_programs`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = zip(signature.args[1:], arguments[1:], strict=True)
        pointers = [data_pointer(context, builder, *pair) for pair in kinds]
        call_c_function(builder, arguments[0], pointers)
        return context.get_dummy_value()

    return types.void(types.int64, A, integers), generate


@compiled
def execute(table, first, last, micro, params, A, integers, rank, ranks, counter, goal):
    """Run instructions `first` to `last` of a table; return the number of arrivals at barriers.

    All threads call it, each with its rank.  They wait for each other before an instruction that
    needs other threads' results, and at the end.
    """
    table, micro, params, A, integers = (
        without_refcount(table), without_refcount(micro), without_refcount(params),
        without_refcount(A), without_refcount(integers),
    )  # fmt: skip
    counter = without_refcount(counter)
    for at in range(first, last):
        row = table[at]
        op = row[0]
        many = ranks
        if ranks > 1:
            if row[BARRIER]:
                goal = barrier(counter, goal, ranks)
            if row[SINGLE]:
                if rank > 0:
                    continue
                many = 1
        if op == FUSED:
            fused(A, row, micro, params, rank, many)
        elif op == GEMM:
            multiply(A, row[1], row[2], row[3], row[4], row[5], row[6], row[15], row[16], row[17],
                     row[7] != 0, row[8] != 0, row[9], row[10] + rank * row[11], row[12],
                     row[13] != 0, row[14], rank, many, counter, 1 + at)  # fmt: skip
        elif op <= PROD:
            reduce(op - SUM, A, row[1], row[2], row[3], row[4], row[5], rank, many)
        elif op <= LOG_SOFTMAX:
            softmax(op == LOG_SOFTMAX, A, row[1], row[2], row[3], row[4], rank, many)
        elif op == ONE_HOT:
            one_hot(A, integers, row[1], row[2], row[3], row[4], rank, many)
        elif op == UNIFORM:
            uniform(A, integers[row[1]], row[2], row[3], row[4], rank, many)
        elif op == LOG_LOSS:
            log_loss(A, integers, row[1], row[2], row[3], row[4], row[5], row[6],
                     row[7] + rank * row[8], rank, many)  # fmt: skip
        elif op == STANDARDIZE:
            standardize(A, row[1], row[2], row[3], row[4], row[5] + rank * row[10], row[6], row[7],
                        row[8], A.dtype.type(params[row[9]]), rank, many)  # fmt: skip
        elif op == GEMM_STACK:
            multiply_stack(A, row, rank, many, counter)
        elif op == COPY_INTEGERS:
            copy_strided(integers, row, micro)
        elif op == NATIVE:
            _call_native(row[1], A, integers)
        else:
            strided(A, row, micro, params)
    return barrier(counter, goal, ranks)
