"""Standardising: mean 0 and variance 1, as batch and layer normalisation need it."""

from __future__ import annotations

import numpy as np

from chainrule.engine.instructions.record import SCRATCH_DISTANCE, Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.columnwise import ADD, SCALE, SQUARE, columnwise
from chainrule.engine.simd.intrinsics import exact_difference
from chainrule.engine.threads.work_sharing import share_axes
from chainrule.graph import Node
from chainrule.program import Instruction, View
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.rules import lowers
from chainrule.program.lowering.rules.reductions import axis_order, merge_axes

__all__ = ["RECORD"]


@lowers("standardize")
def _lower(
    ctx: LoweringContext, node: Node, x: View, axis: tuple[int, ...], eps: float
) -> View | None:
    """(x − mean) / √(var + eps), with mean and variance as extra results.

    The backward pass and running statistics need both.
    """
    merged = merge_axes(ctx, node, x, axis)
    if merged is None:
        return None
    reduced = (merged.shape[0], merged.shape[2])
    extra = {"mean": reduced, "var": reduced}
    out = ctx.emit("standardize", [merged], merged.shape, node, extra=extra, eps=eps)
    order = axis_order(x, axis)
    ordered = out.reshape(tuple(x.shape[i] for i in order))
    assert ordered is not None, "a result has no gaps"
    return ordered.transpose(tuple(order.index(i) for i in range(len(order))))


def _encode(instruction: Instruction, encoding: Encoding) -> dict[str, int]:
    (x,), (out, mean, variance) = instruction.inputs, instruction.outputs
    outer, length, inner_length = x.shape
    return {
        "x": x.start,
        "out": out.start,
        "mean": mean.start,
        "variance": variance.start,
        "scratch": encoding.scratch(2 * inner_length),
        "outer": outer,
        "length": length,
        "inner": inner_length,
        "eps": encoding.params(instruction.attributes["eps"]),
    }


@inner
def _standardize(A, a, o, means, vars_, scratch, outer, length, inner, eps, rank, ranks):
    """(x − mean) / √(variance + ε) over the middle axis of (outer, length, inner).

    The means and variances are stored too.  The mean of the deviations from the rounded mean is
    what rounding took away from it: variances and results are corrected by that.
    """
    one, count = A.dtype.type(1), A.dtype.type(length)
    begin, end, left, right = share_axes(outer, inner, rank, ranks)
    if left == right:
        return
    for block in range(begin, end):
        x, y = a + block * length * inner + left, o + block * length * inner + left
        mean, var = means + block * inner + left, vars_ + block * inner + left
        if inner == 1:
            _standardize_row(A[x : x + length], A[y : y + length], A[mean:], A[var:], eps)
            continue
        n = right - left
        scales, shifts = scratch, scratch + inner
        scale, shift = A[scales : scales + n], A[shifts : shifts + n]
        columnwise(ADD, A, x, length, inner, n, x, x, x, mean)
        centre, spread = A[mean : mean + n], A[var : var + n]
        for i in range(n):
            centre[i] /= count
        columnwise(SQUARE, A, x, length, inner, n, mean, mean, shifts, var)
        for i in range(n):
            rest = shift[i] / count
            spread[i] = _corrected(spread[i] / count, rest)
            scale[i] = one / np.sqrt(spread[i] + eps)
            shift[i] = -rest * scale[i]
        columnwise(SCALE, A, x, length, inner, n, mean, scales, shifts, y)


@inner
def _corrected(spread, rest):
    """The variance, of which infinity stays infinite: rest² overflows as well then."""
    return max(spread - rest * rest, spread * 0) if spread < np.inf else spread


@inner
def _standardize_row(x, out, mean, var, eps):
    zero, count = x.dtype.type(0), x.dtype.type(len(x))
    total, first, second = zero, zero, zero
    for i in range(len(x)):
        total += x[i]
    centre = total / count
    for i in range(len(x)):
        deviation = exact_difference(x[i], centre)
        first += deviation
        second += deviation * deviation
    rest = first / count
    spread = _corrected(second / count, rest)
    scale = x.dtype.type(1) / np.sqrt(spread + eps)
    for i in range(len(x)):
        out[i] = exact_difference(exact_difference(x[i], centre), rest) * scale
    mean[0], var[0] = centre, spread


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    _standardize(A, row[0], row[1], row[2], row[3], row[4] + rank * row[5], row[6], row[7], row[8],
                 A.dtype.type(params[row[9]]), rank, ranks)  # fmt: skip


RECORD = InstructionRecord(
    ops=("standardize",),
    fields=(
        *("x", "out", "mean", "variance", "scratch", SCRATCH_DISTANCE),
        *("outer", "length", "inner", "eps"),
    ),
    encode=_encode,
    kernel=_run,
)
