"""Rows of a matrix by their numbers, and the transpose: rows added to those of these numbers.

Negative numbers count from the end, as in NumPy.  A number beyond the rows, which NumPy refuses,
gives NaN, and adds nothing.
"""

from __future__ import annotations

import numpy as np

from chainrule.engine.instructions.record import Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.threads.work_sharing import share
from chainrule.program import Instruction, View

__all__ = ["ADD", "GATHER"]

FIELDS = ("matrix", "length", "distance", "rows", "row_distance", "numbers", "count", "width")


def _fields(matrix: View, rows: View, numbers: View) -> dict[str, int]:
    """`distance` is that between the rows of the matrix, and `row_distance` that of the others."""
    return {
        "matrix": matrix.start,
        "length": matrix.shape[0],
        "distance": matrix.strides[0],
        "rows": rows.start,
        "row_distance": rows.strides[0],
        "numbers": numbers.start,
        "count": numbers.size,
        "width": matrix.shape[1],
    }


def _encode_gather(instruction: Instruction, _: Encoding) -> dict[str, int]:
    (matrix, numbers), (out,) = instruction.inputs, instruction.outputs
    return _fields(matrix, out, numbers)


def _encode_add(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    (_, rows, numbers), (out,) = instruction.inputs, instruction.outputs
    return _fields(out, rows, numbers)


@inner
def _gather(row, micro, params, A, integers, rank, ranks, counter, claim):
    matrix, length, distance, out, out_distance, numbers = (
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        row[5],
    )
    first, last = share(row[6], 4, rank, ranks)
    for i in range(first, last):
        number = integers[numbers + i]
        number += length if number < 0 else 0
        to, at = out + i * out_distance, matrix + number * distance
        if 0 <= number < length:
            for j in range(row[7]):
                A[to + j] = A[at + j]
        else:
            for j in range(row[7]):
                A[to + j] = A.dtype.type(np.nan)


@inner
def _add(row, micro, params, A, integers, rank, ranks, counter, claim):
    # Threads share the columns: two rows of one number are added in the same order by any of them.
    matrix, length, distance, rows, row_distance, numbers = (
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        row[5],
    )
    left, right = share(row[7], 16, rank, ranks)
    for i in range(row[6]):
        number = integers[numbers + i]
        number += length if number < 0 else 0
        to, at = matrix + number * distance, rows + i * row_distance
        if 0 <= number < length:
            for j in range(left, right):
                A[to + j] += A[at + j]


def _nanoseconds(instruction: Instruction) -> float:
    """Those of the rows that are copied or added, not of the whole matrix."""
    numbers, width = instruction.inputs[-1].size, instruction.outputs[0].shape[1]
    return numbers * (2.0 + width / 8)


GATHER = InstructionRecord(
    ops=("gather_rows",),
    fields=FIELDS,
    encode=_encode_gather,
    kernel=_gather,
    nanoseconds=_nanoseconds,
)

ADD = InstructionRecord(
    ops=("add_rows",),
    fields=FIELDS,
    encode=_encode_add,
    kernel=_add,
    nanoseconds=_nanoseconds,
)
