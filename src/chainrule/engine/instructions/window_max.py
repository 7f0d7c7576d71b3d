"""Maxima of windows, and their gradient."""

from __future__ import annotations

from chainrule.engine.instructions.record import SCRATCH_DISTANCE, Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.window_max import maxima, shared_gradient
from chainrule.program import Instruction, View

__all__ = ["FORWARD", "GRADIENT"]

FIELDS = (
    *("count", "distance", "o0", "o1", "o2", "k0", "k1", "k2"),
    *("between0", "between1", "between2", "inside0", "inside1", "inside2"),
    *("x", "y", "g", "out", "entries", "plain0", "plain1", "plain2", "plain_inside0"),
    *("plain_inside1", "plain_inside2", "scratch", SCRATCH_DISTANCE),
)
"""`count` arrays of windows, `distance` apart; o0 to o2 count them, k0 to k2 the entries in each.

The distances between windows, and inside them, are those of x, and `plain` those of its gradient,
of which each array has so many `entries`.
"""


def _geometry(x: View) -> dict[str, int]:
    numbers = (x.shape[0], x.strides[0], *x.shape[1:], *x.strides[1:])
    return dict(zip(FIELDS, numbers, strict=False))


def _encode_forward(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    (x,), (out,) = instruction.inputs, instruction.outputs
    span = (x.shape[3] - 1) * x.strides[3] + (x.shape[6] - 1) * x.strides[6] + 1
    return {
        **_geometry(x),
        "x": x.start,
        "out": out.start,
        "entries": span,
        "scratch": encoding.scratch(max(1, span)),
    }


def _encode_gradient(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    (x, y, g), (out,) = instruction.inputs, instruction.outputs
    plain = instruction.attributes["windows"]
    first = FIELDS.index("plain0")
    return {
        **_geometry(x),
        **dict(zip(FIELDS[first : first + 6], plain[1:], strict=True)),
        "x": x.start,
        "y": y.start,
        "g": g.start,
        "out": out.start,
        "entries": plain[0],
        "scratch": encoding.scratch(x.shape[3]),
    }


@inner
def _forward(row, micro, params, A, integers, rank, ranks, counter, claim):
    maxima(A, row, row[14], row[17], row[18], row[25] + rank * row[26], rank, ranks)


@inner
def _gradient(row, micro, params, A, integers, rank, ranks, counter, claim):
    shared_gradient(A, row, row[25] + rank * row[26], rank, ranks)


def _nanoseconds(instruction: Instruction) -> float:
    return instruction.inputs[0].size / 2


FORWARD = InstructionRecord(
    ops=("window_max",),
    fields=FIELDS,
    encode=_encode_forward,
    kernel=_forward,
    nanoseconds=_nanoseconds,
)

GRADIENT = InstructionRecord(
    ops=("window_max_gradient",),
    fields=FIELDS,
    encode=_encode_gradient,
    kernel=_gradient,
    nanoseconds=_nanoseconds,
)
