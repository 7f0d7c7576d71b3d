"""The machine: walks the table of a program, and runs whole chunks of training steps.

Everything a step needs lies in two arenas, of floats and of integers.  Nothing is allocated and
nothing is Python while steps run.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from chainrule.engine.jit.compile import compiled, inner
from chainrule.engine.jit.numba_internals import call_by_address, data_pointer
from chainrule.engine.kernels.elementwise import apply_elementwise
from chainrule.engine.kernels.matrix_product import multiply
from chainrule.engine.kernels.optimizer_updates import SETTINGS, update
from chainrule.engine.kernels.reductions import (
    log_loss,
    normalise,
    one_hot,
    reduce,
    standardize,
    uniform,
)
from chainrule.engine.opcodes import ACCESS, BARRIER, OPCODES, SINGLE
from chainrule.engine.simd.intrinsics import call_c_function, copy, intrinsic, without_refcount
from chainrule.engine.simd.kernel_math import is_finite
from chainrule.engine.threads.barrier import barrier, share

__all__ = ["STEP_FIELDS", "execute", "total", "train"]

FUSED, GEMM, SUM, PROD, LOG_SOFTMAX = (
    OPCODES[name] for name in ("fused", "gemm", "sum", "prod", "log_softmax")
)
ONE_HOT, UNIFORM, LOG_LOSS, STANDARDIZE, NATIVE = (
    OPCODES[name] for name in ("one_hot", "uniform", "log_loss", "standardize", "native")
)
WHOLE, ROW, COLUMN, ONE, REGISTER = (
    ACCESS[name] for name in ("whole", "row", "column", "one", "register")
)

STEP_FIELDS = {
    "x": "of a batch's inputs",
    "y": "of its targets",
    "counter": "of the number of the step",
    "loss": "of the loss",
    "parameters": "",
    "gradients": "",
    "slots": "",
    "entries": "how many parameters there are",
    "float_targets": "whether targets are floats",
    "update": "of the new buffers",
    "buffers": "",
    "buffer_entries": "how many of them there are",
    "parts": "of a batch, whose gradients are averaged",
    "parts_of_all": "numbers of the counter that a step takes",
    "mean": "of the average gradients",
    "before": "of the buffers as they were before the step",
    "addresses": "of those of a batch's rows, which are not copied then; or −1",
    "x_rows": "the address of the first of all rows",
    "x_row_bytes": "how far apart they are",
}
"""What `train` is told of a step: where things lie in the arenas, and a few numbers."""
(
    X, Y, COUNTER, LOSS, PARAMETERS, GRADIENTS, SLOTS, ENTRIES, FLOAT_TARGETS, UPDATE, BUFFERS,
    BUFFER_ENTRIES, PARTS, PARTS_OF_ALL, MEAN, BEFORE, ADDRESSES, X_ROWS, X_ROW_BYTES,
) = range(len(STEP_FIELDS))  # fmt: skip
TAME = SETTINGS.index("tame")


@intrinsic
def _enter(typing: Any, address: Any, A: Any, integers: Any) -> Any:
    """Call the region of a program at an address: see `chainrule.engine.small_programs`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = zip(signature.args[1:], arguments[1:], strict=True)
        pointers = [data_pointer(context, builder, *pair) for pair in kinds]
        call_c_function(builder, arguments[0], pointers)
        return context.get_dummy_value()

    return types.void(types.int64, A, integers), generate


@inner
def _fused(A, row, micro, params, rank, ranks):
    """A fused instruction: rows × columns, a tile at a time.

    Each thread of a team has tiles of its own.

    row: opcode, first and last micro operation, rows, columns, rows of a tile, scratch, tile size,
         how far apart the threads' scratch memories are
    micro: op, then (walk, where) of the result and of up to three operands, where these are spread
    params: the operations' parameters
    """
    first, last, rows, columns, tile_rows, scratch, tile = row[1:8]
    scratch += rank * row[8]
    flat = rows == 1
    step = tile if flat else tile_rows
    begin, end = share(columns, 16, rank, ranks) if flat else share(rows, 1, rank, ranks)
    if begin == end:
        return
    for m in range(first, last):  # operands that are the same for every tile are spread out once
        for operand in range(3):
            kind, source = micro[m, 3 + 2 * operand], micro[m, 4 + 2 * operand]
            into = scratch + micro[m, 9 + operand]
            if kind == ONE:
                A[into : into + min(tile, rows * columns)] = A[source]
            elif kind == ROW:
                _repeat(A, source, into, columns, min(tile_rows, end - begin))
            elif kind == COLUMN and tile_rows >= rows:
                _spread(A, source + begin, into, end - begin, columns)
    for start in range(begin, end, step):
        stop = min(start + step, end)
        n = stop - start if flat else (stop - start) * columns
        base = start if flat else start * columns
        for m in range(first, last):
            if tile_rows < rows:
                for operand in range(3):
                    if micro[m, 3 + 2 * operand] == COLUMN:
                        source, into = micro[m, 4 + 2 * operand], scratch + micro[m, 9 + operand]
                        _spread(A, source + start, into, stop - start, columns)
            a = _operand(micro[m, 3], micro[m, 4], micro[m, 9], base, scratch)
            b = _operand(micro[m, 5], micro[m, 6], micro[m, 10], base, scratch)
            c = _operand(micro[m, 7], micro[m, 8], micro[m, 11], base, scratch)
            out = micro[m, 2] + (base if micro[m, 1] == WHOLE else scratch)
            apply_elementwise(
                micro[m, 0], A[out : out + n], A[a : a + n], A[b : b + n], A[c : c + n], params[m]
            )


@inner
def _operand(kind, source, into, base, scratch):
    """Where an operand's tile begins."""
    if kind == WHOLE:
        return source + base
    return scratch + (source if kind == REGISTER else into)


@inner
def _spread(A, source, into, rows, columns):
    """One entry for each row, repeated along it."""
    for r in range(rows):
        A[into + r * columns : into + (r + 1) * columns] = A[source + r]


@inner
def _repeat(A, source, into, columns, rows):
    """A row, again and again: twice as much is copied each time."""
    copy(A, into, A, source, columns)
    done = 1
    while done < rows:
        more = min(done, rows - done) * columns
        copy(A, into + done * columns, A, into, more)
        done *= 2


@inner
def _strided(A, row, micro, params):
    """One elementwise operation on operands walked with any strides, up to four axes.

    Some rows of the last two axes at a time, or a part of one, are copied to where they lie
    together.
    """
    m, tile, scratch = row[1], row[7], row[6]
    outer, middle, rows, columns = row[2], row[3], row[4], row[5]
    operands, place = micro[m, 1], micro[m, 2]
    step = max(1, tile // columns)
    for i in range(outer):
        for j in range(middle):
            for k in range(0, rows, step):
                lines = min(step, rows - k)
                for n in range(0, columns, tile):
                    width = min(tile, columns - n)
                    for operand in range(operands):
                        s = 3 + 5 * operand
                        at = micro[m, s] + i * micro[m, s + 1] + j * micro[m, s + 2]
                        at += k * micro[m, s + 3] + n * micro[m, s + 4]
                        into, down, along = (
                            scratch + operand * tile,
                            micro[m, s + 3],
                            micro[m, s + 4],
                        )
                        _gathered(A, at, down, along, into, lines, width)
                    size = lines * width
                    x, y, z = scratch, scratch + tile, scratch + 2 * tile
                    apply_elementwise(
                        micro[m, 0], A[place : place + size], A[x : x + size], A[y : y + size],
                        A[z : z + size], params[m],
                    )  # fmt: skip
                    place += size


@inner
def _gathered(A, at, down, along, into, rows, columns):
    """Copy entries that are `along` apart, and their rows `down`, to where they lie together."""
    for r in range(rows):
        line, first = A[into + r * columns : into + (r + 1) * columns], at + r * down
        for c in range(columns):
            line[c] = A[first + c * along]


@compiled
def execute(table, first, last, micro, params, A, integers, rank, ranks, counter, goal):
    """Run instructions `first` to `last` of a table; the arrivals counted on until then.

    Before an instruction that needs what other threads made, all barrier, and at the end.
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
            _fused(A, row, micro, params, rank, many)
        elif op == GEMM:
            multiply(A, row[1], row[2], row[3], row[4], row[5], row[6], row[7] != 0, row[8] != 0,
                     row[9], row[10] + rank * row[11], row[12], row[13] != 0, row[14], rank,
                     many, counter, 1 + at)  # fmt: skip
        elif op <= PROD:
            reduce(op - SUM, A, row[1], row[2], row[3], row[4], row[5], rank, many)
        elif op <= LOG_SOFTMAX:
            normalise(op == LOG_SOFTMAX, A, row[1], row[2], row[3], row[4], rank, many)
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
        elif op == NATIVE:
            _enter(row[1], A, integers)
        else:
            _strided(A, row, micro, params)
    return barrier(counter, goal, ranks)


@intrinsic
def _executed(
    typing: Any, machine: Any, table: Any, first: Any, last: Any, micro: Any, params: Any, A: Any,
    integers: Any, rank: Any, ranks: Any, counter: Any, goal: Any,
) -> Any:  # fmt: skip
    """`execute` of these, where its address is `machine`."""
    kinds = (table, first, last, micro, params, A, integers, rank, ranks, counter, goal)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return call_by_address(context, builder, types.int64, kinds, arguments)

    return types.int64(machine, *kinds), generate


@inner
def _gather(A, integers, x, y, labels, rows, places, rank, ranks):
    """Copy the rows of a batch into the arena, or the addresses of those of x."""
    first, last = share(len(rows), 1, rank, ranks)
    addresses = places[ADDRESSES]
    if addresses < 0:
        _take(A, places[X], x, rows, first, last)
    else:
        for i in range(first, last):
            integers[addresses + i] = places[X_ROWS] + rows[i] * places[X_ROW_BYTES]
    if places[FLOAT_TARGETS] != 0:
        _take(A, places[Y], y, rows, first, last)
    else:
        _take(integers, places[Y], labels, rows, first, last)


@inner
def _take(A, at, x, rows, first, last):
    """Copy some rows of x to A[at:]."""
    width = x.shape[1]
    if width == 1:  # faster than a function is called that copies any number of them
        for i in range(first, last):
            A[at + i] = x[rows[i], 0]
    else:
        for i in range(first, last):
            copy(A, at + i * width, x, rows[i] * width, width)


@compiled
def total(A, at, n):
    """Σ|A[at:at+n]|, not less than the largest; not finite where an entry is not."""
    part, found = A[at : at + n], A.dtype.type(0)
    for i in range(n):
        found += abs(part[i])
    return found


@inner
def _average(A, source, to, n, part, parts):
    """The mean over the parts of a batch so far: a share of a part's gradients is added to it."""
    grads, mean, share = A[source : source + n], A[to : to + n], A.dtype.type(1 / parts)
    for i in range(n):
        mean[i] = (A.dtype.type(0) if part == 0 else mean[i]) + share * grads[i]


@compiled
def train(
    machine, table, micro, params, A, integers, x, y, labels, order, batch, places, method,
    settings, rates, step, losses, rank, ranks, counter, totals,
):  # fmt: skip
    """Steps on consecutive batches of `order`; how many were made before one that must not be.

    That is one whose loss, gradients or new buffers are not finite, or whose gradients are so large
    that an update might not be.  Nothing that lasts has been changed by it.

    machine: where `execute` begins
    places: see `STEP_FIELDS`
    settings: see `chainrule.engine.kernels.optimizer_updates`
    totals: what each thread finds its gradients to come to, and the new buffers
    """
    loss_at, theta, grads, slots = (
        places[LOSS], places[PARAMETERS], places[GRADIENTS], places[SLOTS]
    )  # fmt: skip
    new, buffers, n, b = places[UPDATE], places[BUFFERS], places[ENTRIES], places[BUFFER_ENTRIES]
    parts, mean, before = places[PARTS], places[MEAN], places[BEFORE]
    begin, end = share(n, 16, rank, ranks)
    A, integers, counter = (
        without_refcount(A), without_refcount(integers), without_refcount(counter)
    )  # fmt: skip
    x, y, labels, order, places = (
        without_refcount(x), without_refcount(y), without_refcount(labels),
        without_refcount(order), without_refcount(places),
    )  # fmt: skip
    start = goal = np.int64(0)  # a literal would be a type of its own, compiled apart
    for s in range(len(losses)):
        loss = 0.0
        if parts > 1 and rank == 0:
            copy(A, before, A, buffers, b)
        for part in range(parts):
            first = (s * parts + part) * batch
            rows = order[first : first + batch]
            _gather(A, integers, x, y, labels, rows, places, rank, ranks)
            if rank == 0:
                integers[places[COUNTER]] = (step + s) * places[PARTS_OF_ALL] + part + 1
            goal = barrier(counter, goal, ranks)
            goal = _executed(
                machine, table, start, len(table), micro, params, A, integers, rank, ranks,
                counter, goal,
            )  # fmt: skip
            totals[rank] = total(A, grads + begin, end - begin)
            if rank == 0:
                totals[ranks] = total(A, new, b)
            goal = barrier(counter, goal, ranks)
            loss += np.float64(A[loss_at]) / parts
            fine = is_finite(loss) and is_finite(totals[ranks])
            if not (fine and total(totals, np.int64(0), ranks) <= settings[TAME]):
                if rank == 0:
                    losses[s] = loss
                    if parts > 1:
                        copy(A, buffers, A, before, b)
                barrier(counter, goal, ranks)
                return s
            if rank == 0:
                copy(A, buffers, A, new, b)
            if parts > 1:
                _average(A, grads + begin, mean + begin, end - begin, part, parts)
        if parts > 1:
            goal = barrier(counter, goal, ranks)  # before all gradients are looked at by each
            copy(A, grads + begin, A, mean + begin, end - begin)
            goal = barrier(counter, goal, ranks)
        if rank == 0:
            losses[s] = loss
        update(A, theta, grads, slots, n, method, settings, rates[s], step + s + 1, rank, ranks)
    barrier(counter, goal, ranks)
    return len(losses)
