"""Attention of stacks of queries to keys, the weights of some queries at a time."""

from __future__ import annotations

from dataclasses import replace

from chainrule.engine.instructions.record import SCRATCH_DISTANCE, Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.attention_weights import ROWS, attention_weights
from chainrule.engine.kernels.matrix_product import scratch_size
from chainrule.engine.kernels.matrix_product.alone import multiply_alone
from chainrule.engine.threads.work_sharing import share
from chainrule.graph import Node
from chainrule.program import Instruction, View
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.rules import lowers
from chainrule.program.view import common_axes

__all__ = ["OPERANDS", "RECORD", "SIZES", "STEPS", "fields_of", "packed_size", "sizes", "stacked"]
__all__ += ["unstacked"]

STEPS = ("", "_outer", "_inner", "_down")
"""The fields of an operand: its offset, and the distances along the stack and between rows."""

OPERANDS = tuple(f"{name}{step}" for name in ("q", "k", "v") for step in STEPS)
"""The fields of queries, keys and values."""

SIZES = (
    *("outer", "inner", "queries", "keys", "width", "values", "causal", "scale"),
    *("mask", "mask_outer", "mask_inner", "mask_down", "mask_along", "scratch", SCRATCH_DISTANCE),
)
"""The fields of sizes, of the mask and of the scratch memory."""


@lowers("attention")
def _lower(
    ctx: LoweringContext, node: Node, *operands: View, causal: bool, scale: float
) -> View | None:
    views = stacked(ctx, node, operands)
    if views is None:
        return None
    outer, inner_length, queries = views[0].shape[:3]
    shape = (outer, queries, inner_length, views[2].shape[3])
    out = ctx.emit("attention", views, shape, node, causal=causal, scale=scale)
    return unstacked(out, node.spec.shape)


def stacked(ctx: LoweringContext, node: Node, operands: tuple[View, ...]) -> list[View] | None:
    """The operands with two axes for the stack; None if no opcode can read them.

    The last of them is a mask if node has an operand of booleans.
    """
    arrays = [v for v, source in zip(operands, node.inputs, strict=True) if not _is_mask(source)]
    masks = [v for v, source in zip(operands, node.inputs, strict=True) if _is_mask(source)]
    if not ctx.is_floating(node, *arrays, *masks):
        return None
    stack = arrays[0].shape[:-2]
    pairs = arrays[0].shape[-2], arrays[1].shape[-2]
    views = [v if _has_rows(v) else ctx.copied(v, node) for v in arrays]
    views += [mask.broadcast((*stack, *pairs)) for mask in masks]
    axes = _axes(views)
    if len(axes[0]) > 2:
        views = [ctx.copied(view, node) for view in views]
        axes = _axes(views)
    lengths, strides = axes
    lengths = (*(1,) * (2 - len(lengths)), *lengths)
    return [
        replace(
            view,
            shape=(*lengths, *view.shape[-2:]),
            strides=(*(0,) * (2 - len(along)), *along, *view.strides[-2:]),
        )
        for view, along in zip(views, strides, strict=True)
    ]


def _is_mask(source: Node) -> bool:
    return source.spec.dtype.kind == "b"


def _has_rows(view: View) -> bool:
    """Whether rows are contiguous."""
    return view.shape[-1] == 1 or view.strides[-1] == 1


def _axes(views: list[View]) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    """The fewest axes of the stack, and the strides along them."""
    return common_axes(
        [replace(v, shape=v.shape[:-2], strides=v.strides[:-2]) for v in views]
    )  # fmt: skip


def unstacked(result: View, shape: tuple[int, ...]) -> View:
    """A result with the axis of queries before that of the inner stack, in its own shape.

    That is how the heads of a layer are put side by side, which is then a view.
    """
    swapped = result.transpose((0, 2, 1, 3))
    split = swapped.reshape(shape)
    assert split is not None, "axes of a stack that were merged can be split"
    return split


def fields_of(name: str, view: View, swapped: bool = False) -> dict[str, int]:
    """The fields of an operand; the axes of a result are `swapped`."""
    outer, inner_step, down, _ = view.transpose((0, 2, 1, 3)).strides if swapped else view.strides
    values = view.start, outer, inner_step, down
    return dict(zip((f"{name}{step}" for step in STEPS), values, strict=True))


def sizes(instruction: Instruction, masks: tuple[View, ...], encoding: Encoding) -> dict[str, int]:
    """The fields of sizes, settings and the mask."""
    q, k, v = instruction.inputs[:3]
    found = {
        **dict(zip(("outer", "inner"), q.shape[:2], strict=True)),
        "queries": q.shape[2],
        "keys": k.shape[2],
        "width": q.shape[3],
        "values": v.shape[3],
        "causal": instruction.attributes["causal"],
        "scale": encoding.params(instruction.attributes["scale"]),
        "mask": -1,
    }
    for mask in masks:
        names = ("mask_outer", "mask_inner", "mask_down", "mask_along")
        found |= {"mask": mask.start, **dict(zip(names, mask.strides, strict=True))}
    return found


def packed_size(instruction: Instruction) -> int:
    """Numbers of scratch memory for the right factor of any of the products."""
    q, k, v = instruction.inputs[:3]
    lengths = (q.shape[2], k.shape[2], q.shape[3], v.shape[3])
    return max(scratch_size(n, max(lengths), 0, b_transposed=True) for n in lengths)


def _encode(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    (q, k, v, *mask), (out,) = instruction.inputs, instruction.outputs
    weights = min(ROWS, q.shape[2]) * k.shape[2]
    return {
        **fields_of("q", q),
        **fields_of("k", k),
        **fields_of("v", v),
        **fields_of("out", out, swapped=True),
        **sizes(instruction, tuple(mask), encoding),
        "scratch": encoding.scratch(weights + packed_size(instruction)),
    }


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    inner_length, queries, keys, width, values = row[17], row[18], row[19], row[20], row[21]
    causal, scale = row[22] != 0, A.dtype.type(params[row[23]])
    p = row[29] + rank * row[30]
    packed = p + min(ROWS, queries) * keys
    first, last = share(row[16] * inner_length, 1, rank, ranks)
    for at in range(first, last):
        i, j = at // inner_length, at % inner_length
        q = row[0] + i * row[1] + j * row[2]
        k = row[4] + i * row[5] + j * row[6]
        v = row[8] + i * row[9] + j * row[10]
        out = row[12] + i * row[13] + j * row[14]
        mask = row[24] + i * row[25] + j * row[26] if row[24] >= 0 else -1
        for begin in range(0, queries, ROWS):
            rows = min(ROWS, queries - begin)
            seen = min(keys, begin + rows) if causal else keys
            attention_weights(A, q, row[3], k, row[7], width, begin, rows, seen, mask, row[27],
                              row[28], causal, scale, p, packed, counter)  # fmt: skip
            multiply_alone(A, p, v, out + begin * row[15], rows, values, seen, seen,
                           row[11], row[15], False, False, packed, counter)  # fmt: skip


def _nanoseconds(instruction: Instruction) -> float:
    q, k, v = instruction.inputs[:3]
    stack, queries = q.shape[0] * q.shape[1], q.shape[2]
    return stack * queries * k.shape[2] * ((q.shape[3] + v.shape[3]) / 40 + 1)


RECORD = InstructionRecord(
    ops=("attention",),
    fields=(*OPERANDS, *(f"out{step}" for step in STEPS), *SIZES),
    encode=_encode,
    kernel=_run,
    nanoseconds=_nanoseconds,
)
