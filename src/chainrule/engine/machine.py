"""The machine: walks the table of a program, and runs whole chunks of training steps.

Everything a step needs lies in two arenas, of floats and of integers.  Nothing is allocated and
nothing is Python while steps run.
"""

from __future__ import annotations

import numpy as np

from chainrule.engine.compile import compiled
from chainrule.engine.kernels import multiply, normalise, one_hot, reduce, uniform
from chainrule.engine.maps import apply_map
from chainrule.engine.opcodes import OPCODES, WALKS
from chainrule.engine.update import update

__all__ = ["execute", "train"]

FUSED, GEMM, SUM, MAX, MIN, PROD, SOFTMAX, LOG_SOFTMAX, ONE_HOT, UNIFORM, STRIDED = (
    OPCODES[name]
    for name in (
        [
            "fused",
            "gemm",
            "sum",
            "max",
            "min",
            "prod",
            "softmax",
            "log_softmax",
            "one_hot",
            "uniform",
            "strided",
        ]
    )
)
WHOLE, ROW, COLUMN, ONE, REGISTER = (
    WALKS[name] for name in ("whole", "row", "column", "one", "register")
)


@compiled
def _fused(A, row, micro, params):
    """A fused instruction: rows × columns, a tile at a time.

    row: opcode, first and last micro operation, rows, columns, rows of a tile, scratch, tile size
    micro: op, then (walk, where) of the result and of up to three operands, first parameter
    """
    first, last, rows, columns, tile_rows, scratch, tile = row[1:8]
    flat = rows == 1
    total = columns if flat else rows
    step = tile if flat else tile_rows
    for m in range(first, last):  # operands that are the same for every tile are spread out once
        for operand in range(3):
            kind, source = micro[m, 3 + 2 * operand], micro[m, 4 + 2 * operand]
            into = scratch + micro[m, 10 + operand]
            if kind == ONE:
                A[into : into + min(tile, rows * columns)] = A[source]
            elif kind == ROW:
                for r in range(min(tile_rows, rows)):
                    at = into + r * columns
                    A[at : at + columns] = A[source : source + columns]
            elif kind == COLUMN and tile_rows >= rows:
                _spread(A, source, into, rows, columns)
    for start in range(0, total, step):
        stop = min(start + step, total)
        n = stop - start if flat else (stop - start) * columns
        base = start if flat else start * columns
        for m in range(first, last):
            if tile_rows < rows:
                for operand in range(3):
                    if micro[m, 3 + 2 * operand] == COLUMN:
                        source, into = micro[m, 4 + 2 * operand], scratch + micro[m, 10 + operand]
                        _spread(A, source + start, into, stop - start, columns)
            a = _operand(micro[m, 3], micro[m, 4], micro[m, 10], base, scratch)
            b = _operand(micro[m, 5], micro[m, 6], micro[m, 11], base, scratch)
            c = _operand(micro[m, 7], micro[m, 8], micro[m, 12], base, scratch)
            out = micro[m, 2] + (base if micro[m, 1] == WHOLE else scratch)
            apply_map(
                micro[m, 0], A[out : out + n], A[a : a + n], A[b : b + n], A[c : c + n], params[m]
            )


@compiled
def _operand(kind, source, into, base, scratch):
    """Where an operand's tile begins."""
    if kind == WHOLE:
        return source + base
    return scratch + (source if kind == REGISTER else into)


@compiled
def _spread(A, source, into, rows, columns):
    """One entry for each row, repeated along it."""
    for r in range(rows):
        A[into + r * columns : into + (r + 1) * columns] = A[source + r]


@compiled
def _strided(A, row, micro, params):
    """One elementwise operation on operands walked with any strides, up to four axes."""
    m = row[1]
    sizes = row[2:6]
    scratch = row[6]
    out = micro[m, 2]
    place = 0
    for i in range(sizes[0]):
        for j in range(sizes[1]):
            for k in range(sizes[2]):
                for n in range(sizes[3]):
                    for operand in range(3):
                        s = 3 + 5 * operand
                        at = (
                            micro[m, s]
                            + i * micro[m, s + 1]
                            + j * micro[m, s + 2]
                            + k * micro[m, s + 3]
                            + n * micro[m, s + 4]
                        )
                        A[scratch + operand] = A[at]
                    apply_map(
                        micro[m, 0],
                        A[out + place : out + place + 1],
                        A[scratch : scratch + 1],
                        A[scratch + 1 : scratch + 2],
                        A[scratch + 2 : scratch + 3],
                        params[m],
                    )
                    place += 1


@compiled
def execute(table, first, last, micro, params, A, integers):
    """Run instructions `first` to `last` of a table."""
    for at in range(first, last):
        row = table[at]
        op = row[0]
        if op == FUSED:
            _fused(A, row, micro, params)
        elif op == GEMM:
            multiply(A, row[1], row[2], row[3], row[4], row[5], row[6], row[7] != 0, row[8] != 0)
        elif op <= PROD:
            reduce(op - SUM, A, row[1], row[2], row[3], row[4], row[5])
        elif op <= LOG_SOFTMAX:
            normalise(op == LOG_SOFTMAX, A, row[1], row[2], row[3], row[4])
        elif op == ONE_HOT:
            one_hot(A, integers, row[1], row[2], row[3], row[4])
        elif op == UNIFORM:
            uniform(A, integers[row[1]], row[2], row[3], row[4])
        else:
            _strided(A, row, micro, params)


@compiled
def gather(A, integers, x, y, labels, rows, x_at, y_at, float_targets):
    """Copy the rows of a batch into the arena."""
    width = x.shape[1]
    for i in range(len(rows)):
        r = rows[i]
        for j in range(width):
            A[x_at + i * width + j] = x[r, j]
    if float_targets:
        width = y.shape[1]
        for i in range(len(rows)):
            r = rows[i]
            for j in range(width):
                A[y_at + i * width + j] = y[r, j]
    else:
        width = labels.shape[1]
        for i in range(len(rows)):
            r = rows[i]
            for j in range(width):
                integers[y_at + i * width + j] = labels[r, j]


@compiled
def finite(A, at, n):
    """Whether no entry of A[at:at+n] is infinite or NaN."""
    total = A.dtype.type(0)
    for i in range(n):
        total += A[at + i] * A.dtype.type(0)
    return total == 0


@compiled
def train(
    table, micro, params, A, integers, x, y, labels, order, batch, places, method, settings,
    rates, step, losses,
):  # fmt: skip
    """Steps on consecutive batches of `order`; how many were made before one was not finite.

    places: x, y, step counter, loss, parameters, gradients, slots, number of parameters, whether
            targets are floats, new buffers, buffers, number of buffer entries
    """
    x_at, y_at, counter, loss_at = places[0], places[1], places[2], places[3]
    for s in range(len(losses)):
        rows = order[s * batch : (s + 1) * batch]
        gather(A, integers, x, y, labels, rows, x_at, y_at, places[8] != 0)
        integers[counter] = step + s + 1
        execute(table, 0, len(table), micro, params, A, integers)
        loss = A[loss_at]
        losses[s] = loss
        if not np.isfinite(loss):
            return s
        if settings[7] >= 0 and not finite(A, places[5], places[7]):
            return s  # clipping by value would hide it
        for i in range(places[11]):
            A[places[10] + i] = A[places[9] + i]
        update(
            A, places[4], places[5], places[6], places[7], method, settings, rates[s], step + s + 1
        )
    return len(losses)
