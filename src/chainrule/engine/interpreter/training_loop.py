"""The training loop: steps on consecutive batches, in one call of compiled code.

A step has phases: it gathers its batch, runs the program, which computes loss and gradients, checks
that they are finite, averages them over the parts of the batch, and updates the parameters.  Where
Python does something with the gradients, the loop leaves the last phase out.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import types

from chainrule.engine.jit.compile import compiled, inner
from chainrule.engine.jit.numba_internals import call_by_address
from chainrule.engine.kernels.reductions import absolute_sum
from chainrule.engine.optimizer_updates.update import update
from chainrule.engine.simd.intrinsics import (
    copy,
    copy_from_address,
    intrinsic,
    load_from_address,
    viewed_as,
    without_refcount,
)
from chainrule.engine.simd.kernel_math import is_finite
from chainrule.engine.threads.barrier import barrier
from chainrule.engine.threads.work_sharing import share

__all__ = ["INPUT", "STEP", "StepCode", "train"]

STEP = np.dtype(
    [
        ("batch", np.int64),  # rows that the program takes at once
        ("parts", np.int64),  # parts of a step's batch, whose gradients are averaged
        ("first", np.int64),  # number of the first step, from 0
        ("counts_per_step", np.int64),  # by how much the counter grows from step to step
        ("counter", np.int64),  # offset of the counter, which seeds random numbers
        ("loss", np.int64),  # offset
        ("new_buffers", np.int64),  # offset of the buffers after the step
        ("buffers", np.int64),  # offset
        ("buffer_count", np.int64),  # numbers in all buffers
        ("mean_gradients", np.int64),  # offset of the average over the parts
        ("old_buffers", np.int64),  # offset of a copy of the buffers from before the step
        ("updates", np.int64),  # 1 if the loop is to update the parameters, else 0
    ]
)
"""What the loop needs to know of a step, as a record.

Offsets count floats, and that of the counter integers, from the start of the arena.
"""

INPUT = np.dtype(
    [
        ("address", np.int64),  # of the first row of all data
        ("row_bytes", np.int64),  # the distance between rows
        ("width", np.int64),  # numbers in a row
        ("offset", np.int64),  # of a batch in the arena, in numbers
        ("item_bytes", np.int64),  # size of a number
        ("addresses", np.int64),  # where among the integers the rows' addresses belong; or −1
    ]
)
"""One input of a step of which each batch reads other rows, as a record.

The rows are copied into the arena unless it is their addresses that the program wants.
"""


class StepCode(NamedTuple):
    """The program of a step: the address of `execute`, and the tables that it reads."""

    execute: int
    table: Any
    micro: Any
    params: Any


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
def _gather_batch(integers, inputs, rows, rank, ranks):
    """Copy the rows of a batch into the arena or, if they are read in place, their addresses."""
    first, last = share(len(rows), 1, rank, ranks)
    for k in range(len(inputs)):
        source = inputs[k]
        if source.addresses >= 0:
            for i in range(first, last):
                integers[source.addresses + i] = source.address + rows[i] * source.row_bytes
        elif source.item_bytes == 8:
            _copy_rows(integers, source.offset, source, rows, first, last)
        elif source.item_bytes == 4:
            numbers = viewed_as(integers, np.int32)
            _copy_rows(numbers, source.offset, source, rows, first, last)
        elif source.item_bytes == 2:
            numbers = viewed_as(integers, np.int16)
            _copy_rows(numbers, source.offset, source, rows, first, last)
        else:
            numbers = viewed_as(integers, np.int8)
            _copy_rows(numbers, source.offset, source, rows, first, last)


@inner
def _copy_rows(A, at, source, rows, first, last):
    """Copy some rows to A[at:]."""
    address, row_bytes, width = source.address, source.row_bytes, source.width
    if width == 1:  # faster than a call of memcpy for each
        for i in range(first, last):
            A[at + i] = load_from_address(A, address + rows[i] * row_bytes)
    else:
        for i in range(first, last):
            copy_from_address(A, at + i * width, address + rows[i] * row_bytes, width)


@inner
def _add_to_mean(A, source, to, n, part, share):
    """Add a part's share of the gradients to the mean over the parts of a batch."""
    grads, mean, share = A[source : source + n], A[to : to + n], A.dtype.type(share)
    for i in range(n):
        mean[i] = (A.dtype.type(0) if part == 0 else mean[i]) + share * grads[i]


@compiled
def train(
    code, A, integers, steps, inputs, order, tasks, coefficients, shares, losses, rank, ranks,
    counter, totals,
):  # fmt: skip
    """Make steps on consecutive batches of `order`; return the number of steps completed.

    The loop stops before a step whose loss, gradients or new buffers are not finite, or whose
    gradients are so large that the update might not be.  Such a step changes no parameter, buffer
    or slot.

    code          a `StepCode`
    A, integers   the arena, as floats and as integers
    steps         one record of `STEP`
    inputs        a record of `INPUT` for each input that is read row by row
    tasks         one record of `UPDATE`
    coefficients  a row for each step
    shares        what each part of a batch counts in its mean, `(steps, parts)`, 1 for each step;
                  without rows where all parts count the same
    totals        scratch: the absolute sum of each thread's share of the gradients, then that of
                  the new buffers
    """
    step, task = steps[0], tasks[0]
    grads, n = task.gradients, task.count
    new, buffers, b = step.new_buffers, step.buffers, step.buffer_count
    parts, mean, old, batch = step.parts, step.mean_gradients, step.old_buffers, step.batch
    begin, end = share(n, 16, rank, ranks)
    A, integers, counter = (
        without_refcount(A), without_refcount(integers), without_refcount(counter)
    )  # fmt: skip
    inputs, order, coefficients = (
        without_refcount(inputs), without_refcount(order), without_refcount(coefficients)
    )  # fmt: skip
    table, micro, params = code.table, code.micro, code.params
    start = goal = np.int64(0)  # not a literal: `execute` is compiled for int64
    for s in range(len(losses)):
        loss = 0.0
        if parts > 1 and rank == 0:
            copy(A, old, A, buffers, b)
        for part in range(parts):
            first = (s * parts + part) * batch
            rows = order[first : first + batch]
            _gather_batch(integers, inputs, rows, rank, ranks)
            if rank == 0:
                integers[step.counter] = (step.first + s) * step.counts_per_step + part + 1
            goal = barrier(counter, goal, ranks)
            goal = _execute_at(
                code.execute, table, start, len(table), micro, params, A, integers, rank, ranks,
                counter, goal,
            )  # fmt: skip
            totals[rank] = absolute_sum(A, grads + begin, end - begin)
            if rank == 0:
                totals[ranks] = absolute_sum(A, new, b)
            goal = barrier(counter, goal, ranks)
            if len(shares) > 0:
                share_of_part = shares[s, part]
                loss += np.float64(A[step.loss]) * share_of_part
            else:
                share_of_part = 1 / parts
                loss += np.float64(A[step.loss]) / parts
            fine = is_finite(loss) and is_finite(totals[ranks])
            if not (fine and absolute_sum(totals, np.int64(0), ranks) <= task.safe_gradient_sum):
                if rank == 0:
                    losses[s] = loss
                    if parts > 1:
                        copy(A, buffers, A, old, b)
                barrier(counter, goal, ranks)
                return s
            if rank == 0:
                copy(A, buffers, A, new, b)
            if parts > 1:
                _add_to_mean(A, grads + begin, mean + begin, end - begin, part, share_of_part)
        if parts > 1:
            # since the last barrier no thread has read another thread's share
            copy(A, grads + begin, A, mean + begin, end - begin)
            goal = barrier(counter, goal, ranks)  # to clip, each thread reads all gradients
        if rank == 0:
            losses[s] = loss
        if step.updates != 0:
            update(A, task, coefficients, s, rank, ranks)
    barrier(counter, goal, ranks)
    return len(losses)
