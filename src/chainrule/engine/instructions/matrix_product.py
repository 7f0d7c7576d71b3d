"""The matrix product, with an epilogue."""

from __future__ import annotations

from chainrule.engine.instructions.record import SCRATCH_DISTANCE, Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.matrix_product import multiply, scratch_size, split
from chainrule.program import Instruction
from chainrule.program.epilogue import epilogue_of

__all__ = ["RECORD"]


def _encode(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    left, right, *_ = instruction.inputs
    (m, k), n = left.shape, right.shape[1]
    left_transposed, right_transposed = not left.contiguous, not right.contiguous
    how, epilogue = split(m, n, k), epilogue_of(instruction)
    bias, gate = (-1 if v is None else v.start for v in (epilogue.bias, epilogue.gate))
    size = scratch_size(n, k, how, b_transposed=right_transposed)
    return {
        "left": left.start,
        "right": right.start,
        "out": instruction.outputs[0].start,
        "m": m,
        "n": n,
        "k": k,
        "left_transposed": left_transposed,
        "right_transposed": right_transposed,
        "split": how,
        "scratch": encoding.scratch(size),
        "bias": bias,
        "relu": epilogue.relu,
        "gate": gate,
    }


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    multiply(A, row[0], row[1], row[2], row[3], row[4], row[5], row[6] != 0, row[7] != 0, row[8],
             row[9] + rank * row[10], row[11], row[12] != 0, row[13], rank, ranks, counter,
             claim)  # fmt: skip


RECORD = InstructionRecord(
    ops=("gemm",),
    fields=(
        *("left", "right", "out", "m", "n", "k", "left_transposed", "right_transposed", "split"),
        *("scratch", SCRATCH_DISTANCE, "bias", "relu", "gate"),
    ),
    encode=_encode,
    kernel=_run,
    nanoseconds=lambda product: product.outputs[0].size * product.inputs[0].shape[1] / 50,
)
