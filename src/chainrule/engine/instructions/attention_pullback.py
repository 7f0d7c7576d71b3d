"""The pull-back of attention, which computes the weights of some queries at a time again."""

from __future__ import annotations

from chainrule.engine.instructions.attention import (
    OPERANDS,
    SIZES,
    STEPS,
    fields_of,
    packed_size,
    sizes,
    stacked,
    unstacked,
)
from chainrule.engine.instructions.record import Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.attention_weights import ROWS, attention_weights
from chainrule.engine.kernels.matrix_product.alone import multiply_alone
from chainrule.engine.threads.work_sharing import share
from chainrule.graph import Node
from chainrule.program import Instruction, View
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.rules import lowers

__all__ = ["RECORD"]


@lowers("attention_pullback")
def _lower(
    ctx: LoweringContext, node: Node, *operands: View, causal: bool, scale: float
) -> tuple[View, ...] | None:
    views = stacked(ctx, node, operands)
    if views is None:
        return None
    outer, inner_length, queries, width = views[0].shape
    keys, values = views[2].shape[2:]
    settings = f"of {causal}, {scale!r}"
    shapes = {
        f"cotangent of keys {settings}": (outer, keys, inner_length, width),
        f"cotangent of values {settings}": (outer, keys, inner_length, values),
    }
    shape = (outer, queries, inner_length, width)
    first = ctx.emit(
        "attention_pullback", views, shape, node, extra=shapes, causal=causal, scale=scale
    )
    others = [ctx.existing(name, views, shapes[name]) for name in shapes]
    found = [first, *(view for view in others if view is not None)]
    return tuple(
        unstacked(view, output.spec.shape) for view, output in zip(found, node.outputs, strict=True)
    )


def _encode(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    q, k, v, g, *mask = instruction.inputs
    of_q, of_k, of_v = instruction.outputs
    weights = 2 * min(ROWS, q.shape[2]) * k.shape[2]
    share_of_block = k.shape[2] * max(k.shape[3], v.shape[3])
    return {
        **fields_of("q", q),
        **fields_of("k", k),
        **fields_of("v", v),
        **fields_of("g", g),
        **fields_of("of_q", of_q, swapped=True),
        **fields_of("of_k", of_k, swapped=True),
        **fields_of("of_v", of_v, swapped=True),
        **sizes(instruction, tuple(mask), encoding),
        "scratch": encoding.scratch(weights + share_of_block + packed_size(instruction)),
    }


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    inner_length, queries, keys, width, values = row[29], row[30], row[31], row[32], row[33]
    causal, scale = row[34] != 0, A.dtype.type(params[row[35]])
    p = row[41] + rank * row[42]
    s = p + min(ROWS, queries) * keys
    part = s + min(ROWS, queries) * keys
    packed = part + keys * max(width, values)
    first, last = share(row[28] * inner_length, 1, rank, ranks)
    for at in range(first, last):
        i, j = at // inner_length, at % inner_length
        q = row[0] + i * row[1] + j * row[2]
        k = row[4] + i * row[5] + j * row[6]
        v = row[8] + i * row[9] + j * row[10]
        g = row[12] + i * row[13] + j * row[14]
        of_q = row[16] + i * row[17] + j * row[18]
        of_k = row[20] + i * row[21] + j * row[22]
        of_v = row[24] + i * row[25] + j * row[26]
        mask = row[36] + i * row[37] + j * row[38] if row[36] >= 0 else -1
        _clear(A, of_k, keys, width, row[23])
        _clear(A, of_v, keys, values, row[27])
        for begin in range(0, queries, ROWS):
            rows = min(ROWS, queries - begin)
            seen = min(keys, begin + rows) if causal else keys
            attention_weights(A, q, row[3], k, row[7], width, begin, rows, seen, mask, row[39],
                              row[40], causal, scale, p, packed, counter)  # fmt: skip
            upstream, own = g + begin * row[15], q + begin * row[3]
            multiply_alone(A, upstream, v, s, rows, seen, values, row[15], row[11],
                           seen, False, True, packed, counter)  # fmt: skip
            multiply_alone(A, p, upstream, part, seen, values, rows, seen, row[15],
                           values, True, False, packed, counter)  # fmt: skip
            _add(A, of_v, part, seen, values, row[27])
            for r in range(rows):
                _slopes(A[p + r * seen : p + (r + 1) * seen], A[s + r * seen : s + (r + 1) * seen],
                        scale)  # fmt: skip
            multiply_alone(A, s, k, of_q + begin * row[19], rows, width, seen, seen,
                           row[7], row[19], False, False, packed, counter)  # fmt: skip
            multiply_alone(A, s, own, part, seen, width, rows, seen, row[3], width,
                           True, False, packed, counter)  # fmt: skip
            _add(A, of_k, part, seen, width, row[23])


@inner
def _slopes(p, s, scale):
    """The cotangents of scores, from those of weights, in the place of the latter."""
    mean = p.dtype.type(0)
    for j in range(len(p)):
        mean += p[j] * s[j]
    for j in range(len(p)):
        s[j] = p[j] * (s[j] - mean) * scale


@inner
def _clear(A, out, rows, columns, distance):
    for i in range(rows):
        A[out + i * distance : out + i * distance + columns] = 0


@inner
def _add(A, out, part, rows, columns, distance):
    """Add a matrix without gaps to one whose rows are at a distance."""
    for i in range(rows):
        to = A[out + i * distance : out + i * distance + columns]
        by = A[part + i * columns : part + (i + 1) * columns]
        for j in range(columns):
            to[j] += by[j]


def _nanoseconds(instruction: Instruction) -> float:
    q, k, v = instruction.inputs[:3]
    stack, queries = q.shape[0] * q.shape[1], q.shape[2]
    return stack * queries * k.shape[2] * ((3 * q.shape[3] + 2 * v.shape[3]) / 40 + 1)


RECORD = InstructionRecord(
    ops=("attention_pullback",),
    fields=(
        *OPERANDS,
        *(f"{name}{step}" for name in ("g", "of_q", "of_k", "of_v") for step in STEPS),
        *SIZES,
    ),
    encode=_encode,
    kernel=_run,
    nanoseconds=_nanoseconds,
)
