"""Convolution, and its gradients by the input and by the weight."""

from __future__ import annotations

import math

from chainrule.engine.instructions.record import SCRATCH_DISTANCE, Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.convolution import convolve, input_gradient, weight_gradient
from chainrule.engine.kernels.matrix_product import PANEL_DEPTH, TILE_COLUMNS
from chainrule.program import Instruction

__all__ = ["FORWARD", "OF_INPUT", "OF_WEIGHT"]

BLOCK_NUMBERS = 1 << 15
"""About how many numbers the windows of a block have: they stay in the second-level cache."""

BLOCK_POSITIONS = 64
"""The fewest positions of a block, where there are that many: wide tiles need some."""

WASTE = 1.5
"""Up to which share of gaps whole ranges are copied: see `chainrule.engine.kernels.convolution`."""

GEOMETRY = (
    *("batch", "depth", "channels", "o0", "o1", "o2", "input_distance", "channel_distance"),
    *("k0", "k1", "k2", "between0", "between1", "between2", "inside0", "inside1", "inside2"),
    *("block_rows", "block_width", "whole", "block_length"),
)
"""The first fields of all three.

o0 to o2 count positions, k0 to k2 entries inside a window; the distances between them follow.  A
block has so many rows and so many positions in each, which are `block_length` numbers, or more with
gaps, if ranges are copied as a `whole`.
"""

FIELDS = (*GEOMETRY, "x", "weight", "out", "bias", "relu", "entries", "scratch", SCRATCH_DISTANCE)

Numbers = tuple[int, ...]


def _geometry(shape: Numbers, strides: Numbers, channels: int) -> dict[str, int]:
    """The fields of windows (B, D, o0, o1, o2, k0, k1, k2)."""
    (batch, inputs, *counts), size = shape[:5], shape[5:]
    between, inside = strides[2:5], strides[5:]
    depth = inputs * math.prod(size)
    o1, o2 = counts[1:]
    most = max(BLOCK_POSITIONS, BLOCK_NUMBERS // depth)
    width = min(o2, most)
    whole = between[2] == 1 and width == o2 <= between[1] <= WASTE * o2
    pitch = between[1] if whole else width
    rows = min(o1, max(1, most // pitch)) if width == o2 else 1
    numbers = (
        *(batch, depth, channels, *counts, strides[0], strides[1], *size, *between, *inside),
        *(rows, width, whole, (rows - 1) * pitch + width),
    )
    return dict(zip(GEOMETRY, numbers, strict=True))


def _scratch(fields: dict[str, int], encoding: Encoding, more: int) -> int:
    """Scratch memory for the windows and the channels of a block, and some more."""
    each = fields["depth"] + fields["channels"]
    return encoding.scratch(each * fields["block_length"] + more)


def _encode_forward(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    (x, weight, *bias), (out,) = instruction.inputs, instruction.outputs
    fields = _geometry(x.shape, x.strides, weight.shape[0])
    panel = min(fields["depth"], PANEL_DEPTH) * TILE_COLUMNS
    return {
        **fields,
        "x": x.start,
        "weight": weight.start,
        "out": out.start,
        "bias": bias[0].start if bias else -1,
        "relu": instruction.attributes["relu"],
        "scratch": _scratch(fields, encoding, panel),
    }


def _encode_of_input(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    (g, weight), (out,) = instruction.inputs, instruction.outputs
    shape, strides = instruction.attributes["windows"]
    fields = _geometry(shape, strides, weight.shape[0])
    panel = min(fields["channels"], PANEL_DEPTH) * TILE_COLUMNS
    return {
        **fields,
        "x": g.start,
        "weight": weight.start,
        "out": out.start,
        "entries": math.prod(out.shape[1:]),
        "scratch": _scratch(fields, encoding, panel),
    }


def _encode_of_weight(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    (x, g), (out,) = instruction.inputs, instruction.outputs
    fields = _geometry(x.shape, x.strides, g.shape[1])
    panel = fields["block_length"] * TILE_COLUMNS
    return {
        **fields,
        "x": x.start,
        "weight": g.start,
        "out": out.start,
        "scratch": _scratch(fields, encoding, panel + fields["depth"] * fields["channels"]),
    }


@inner
def _forward(row, micro, params, A, integers, rank, ranks, counter, claim):
    scratch = row[27] + rank * row[28]
    convolve(A, row[21], row[22], row[24], row[23], row, row[25] != 0, scratch, rank, ranks)


@inner
def _of_input(row, micro, params, A, integers, rank, ranks, counter, claim):
    scratch = row[27] + rank * row[28]
    input_gradient(A, row[21], row[22], row[23], row[26], row, scratch, rank, ranks)


@inner
def _of_weight(row, micro, params, A, integers, rank, ranks, counter, claim):
    scratch = row[27] + rank * row[28]
    weight_gradient(A, row[21], row[22], row[23], row, scratch, rank, ranks)


def _nanoseconds_forward(instruction: Instruction) -> float:
    return instruction.outputs[0].size * instruction.inputs[1].shape[1] / 30


def _nanoseconds_of_input(instruction: Instruction) -> float:
    g, weight = instruction.inputs
    return g.size * weight.shape[1] / 20


def _nanoseconds_of_weight(instruction: Instruction) -> float:
    return instruction.inputs[1].size * instruction.outputs[0].shape[1] / 30


FORWARD = InstructionRecord(
    ops=("convolution",),
    fields=FIELDS,
    encode=_encode_forward,
    kernel=_forward,
    nanoseconds=_nanoseconds_forward,
)

OF_INPUT = InstructionRecord(
    ops=("convolution_input",),
    fields=FIELDS,
    encode=_encode_of_input,
    kernel=_of_input,
    nanoseconds=_nanoseconds_of_input,
)

OF_WEIGHT = InstructionRecord(
    ops=("convolution_weight",),
    fields=FIELDS,
    encode=_encode_of_weight,
    kernel=_of_weight,
    nanoseconds=_nanoseconds_of_weight,
)
