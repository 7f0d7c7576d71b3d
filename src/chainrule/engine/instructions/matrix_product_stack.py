"""The product of each pair of matrices of two stacks, which have two axes."""

from __future__ import annotations

from dataclasses import replace

from chainrule.engine.instructions.matrix_product import (
    FIELDS,
    encode_product,
    nanoseconds,
    run_product,
)
from chainrule.engine.instructions.record import Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.threads.work_sharing import share
from chainrule.program import Instruction, View

__all__ = ["RECORD"]

STEPS = tuple(
    f"{operand}_{axis}" for operand in ("left", "right", "out") for axis in ("step", "inner_step")
)
"""The fields of the distances between an operand's matrices along both axes."""

FIRST = len(FIELDS)
"""The column of the first field that a single product does not have."""


def _encode(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    left, right, out = (*instruction.inputs, *instruction.outputs)
    outer, inner_length = out.shape[:2]
    steps = [step for stack in (left, right, out) for step in stack.strides[:2]]
    matrices = _matrix(left), _matrix(right), _matrix(out)
    return {
        **encode_product(instruction, matrices, encoding),
        "outer": outer,
        "inner": inner_length,
        **dict(zip(STEPS, steps, strict=True)),
    }


def _matrix(stack: View) -> View:
    """The first matrix of a stack."""
    return replace(stack, shape=stack.shape[2:], strides=stack.strides[2:])


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    outer, length = row[FIRST], row[FIRST + 1]
    first, last = share(outer * length, 1, rank, ranks)
    scratch = row[12] + rank * row[13]
    for at in range(first, last):  # each thread computes some of the products
        i, j = at // length, at % length
        left = row[0] + i * row[FIRST + 2] + j * row[FIRST + 3]
        right = row[1] + i * row[FIRST + 4] + j * row[FIRST + 5]
        out = row[2] + i * row[FIRST + 6] + j * row[FIRST + 7]
        run_product(A, row, left, right, out, scratch, 0, 1, counter, len(counter))


RECORD = InstructionRecord(
    ops=("gemm_stack",),
    fields=(*FIELDS, "outer", "inner", *STEPS),
    encode=_encode,
    kernel=_run,
    nanoseconds=nanoseconds,
)
