"""The training loop: steps on consecutive batches, in one call of compiled code.

A step gathers its batch, runs the program, checks that the results are finite, and updates the
parameters.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from chainrule.engine.jit.compile import compiled, inner
from chainrule.engine.jit.numba_internals import call_by_address
from chainrule.engine.kernels.optimizer_updates import SETTINGS, update
from chainrule.engine.kernels.reductions import absolute_sum
from chainrule.engine.simd.intrinsics import copy, intrinsic, without_refcount
from chainrule.engine.simd.kernel_math import is_finite
from chainrule.engine.threads.barrier import barrier
from chainrule.engine.threads.work_sharing import share

__all__ = ["STEP_FIELDS", "train"]

STEP_FIELDS = {
    "x": "offset of a batch's inputs",
    "y": "offset of its targets",
    "counter": "offset of the number of the step, for random numbers",
    "loss": "offset of the loss",
    "parameters": "offset",
    "gradients": "offset",
    "slots": "offset",
    "parameter_count": "numbers in all parameters",
    "float_targets": "1 if targets are floats, 0 if they are labels",
    "new_buffers": "offset of the buffers after the step",
    "buffers": "offset",
    "buffer_count": "numbers in all buffers",
    "parts": "parts of a batch, whose gradients are averaged",
    "counts_per_step": "by how much the counter grows from step to step",
    "mean_gradients": "offset of the average over the parts",
    "old_buffers": "offset of a copy of the buffers from before the step",
    "row_addresses": "offset of the addresses of a batch's rows, which are then not copied; or −1",
    "x_rows": "address of the first row of all inputs",
    "x_row_bytes": "distance between these rows, in bytes",
}
"""The entries of the vector `fields`, which describes a step; offsets are in the arenas."""
(
    X, Y, COUNTER, LOSS, PARAMETERS, GRADIENTS, SLOTS, PARAMETER_COUNT, FLOAT_TARGETS,
    NEW_BUFFERS, BUFFERS, BUFFER_COUNT, PARTS, COUNTS_PER_STEP, MEAN_GRADIENTS, OLD_BUFFERS,
    ROW_ADDRESSES, X_ROWS, X_ROW_BYTES,
) = range(len(STEP_FIELDS))  # fmt: skip
SAFE_GRADIENT_SUM = SETTINGS.index("safe_gradient_sum")


@intrinsic
def _execute_at(
    typing: Any, address: Any, table: Any, first: Any, last: Any, micro: Any, params: Any, A: Any,
    integers: Any, rank: Any, ranks: Any, counter: Any, goal: Any,
) -> Any:  # fmt: skip
    """Call the compiled `execute` at an address."""
    kinds = (table, first, last, micro, params, A, integers, rank, ranks, counter, goal)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return call_by_address(context, builder, types.int64, kinds, arguments)

    return types.int64(address, *kinds), generate


@inner
def _gather_batch(A, integers, x, y, labels, rows, fields, rank, ranks):
    """Copy the rows of a batch into the arenas or, if x is read in place, the rows' addresses."""
    first, last = share(len(rows), 1, rank, ranks)
    addresses = fields[ROW_ADDRESSES]
    if addresses < 0:
        _copy_rows(A, fields[X], x, rows, first, last)
    else:
        for i in range(first, last):
            integers[addresses + i] = fields[X_ROWS] + rows[i] * fields[X_ROW_BYTES]
    if fields[FLOAT_TARGETS] != 0:
        _copy_rows(A, fields[Y], y, rows, first, last)
    else:
        _copy_rows(integers, fields[Y], labels, rows, first, last)


@inner
def _copy_rows(A, at, x, rows, first, last):
    """Copy some rows of x to A[at:]."""
    width = x.shape[1]
    if width == 1:  # faster than a call of memcpy for each
        for i in range(first, last):
            A[at + i] = x[rows[i], 0]
    else:
        for i in range(first, last):
            copy(A, at + i * width, x, rows[i] * width, width)


@inner
def _add_to_mean(A, source, to, n, part, parts):
    """Add a part's share of the gradients to the mean over the parts of a batch."""
    grads, mean, share = A[source : source + n], A[to : to + n], A.dtype.type(1 / parts)
    for i in range(n):
        mean[i] = (A.dtype.type(0) if part == 0 else mean[i]) + share * grads[i]


@compiled
def train(
    execute_at, table, micro, params, A, integers, x, y, labels, order, batch, fields, method,
    settings, rates, step, losses, rank, ranks, counter, totals,
):  # fmt: skip
    """Train on consecutive batches of `order`; return the number of steps completed.

    Training stops before a step whose loss, gradients or new buffers are not finite, or whose
    gradients are so large that the update might not be.  Such a step changes no parameter, buffer
    or slot.

    execute_at  the address of `execute`
    fields      see `STEP_FIELDS`
    settings    see `chainrule.engine.kernels.optimizer_updates`
    totals      scratch: the absolute sum of each thread's share of the gradients, then that of the
                new buffers
    """
    loss_at, theta, grads, slots = (
        fields[LOSS], fields[PARAMETERS], fields[GRADIENTS], fields[SLOTS]
    )  # fmt: skip
    new, buffers, n, b = (
        fields[NEW_BUFFERS], fields[BUFFERS], fields[PARAMETER_COUNT], fields[BUFFER_COUNT]
    )  # fmt: skip
    parts, mean, old = fields[PARTS], fields[MEAN_GRADIENTS], fields[OLD_BUFFERS]
    begin, end = share(n, 16, rank, ranks)
    A, integers, counter = (
        without_refcount(A), without_refcount(integers), without_refcount(counter)
    )  # fmt: skip
    x, y, labels, order, fields = (
        without_refcount(x), without_refcount(y), without_refcount(labels),
        without_refcount(order), without_refcount(fields),
    )  # fmt: skip
    start = goal = np.int64(0)  # not a literal: `execute` is compiled for int64
    for s in range(len(losses)):
        loss = 0.0
        if parts > 1 and rank == 0:
            copy(A, old, A, buffers, b)
        for part in range(parts):
            first = (s * parts + part) * batch
            rows = order[first : first + batch]
            _gather_batch(A, integers, x, y, labels, rows, fields, rank, ranks)
            if rank == 0:
                integers[fields[COUNTER]] = (step + s) * fields[COUNTS_PER_STEP] + part + 1
            goal = barrier(counter, goal, ranks)
            goal = _execute_at(
                execute_at, table, start, len(table), micro, params, A, integers, rank, ranks,
                counter, goal,
            )  # fmt: skip
            totals[rank] = absolute_sum(A, grads + begin, end - begin)
            if rank == 0:
                totals[ranks] = absolute_sum(A, new, b)
            goal = barrier(counter, goal, ranks)
            loss += np.float64(A[loss_at]) / parts
            fine = is_finite(loss) and is_finite(totals[ranks])
            limit = settings[SAFE_GRADIENT_SUM]
            if not (fine and absolute_sum(totals, np.int64(0), ranks) <= limit):
                if rank == 0:
                    losses[s] = loss
                    if parts > 1:
                        copy(A, buffers, A, old, b)
                barrier(counter, goal, ranks)
                return s
            if rank == 0:
                copy(A, buffers, A, new, b)
            if parts > 1:
                _add_to_mean(A, grads + begin, mean + begin, end - begin, part, parts)
        if parts > 1:
            goal = barrier(counter, goal, ranks)
            copy(A, grads + begin, A, mean + begin, end - begin)
            goal = barrier(counter, goal, ranks)  # to clip, each thread reads all gradients
        if rank == 0:
            losses[s] = loss
        update(A, theta, grads, slots, n, method, settings, rates[s], step + s + 1, rank, ranks)
    barrier(counter, goal, ranks)
    return len(losses)
