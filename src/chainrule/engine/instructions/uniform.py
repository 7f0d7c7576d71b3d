"""Uniform random numbers, each a function of seed, counter and index."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine.instructions.record import Encoding, InstructionRecord
from chainrule.engine.jit.compile import inner
from chainrule.engine.threads.work_sharing import share
from chainrule.graph import Node
from chainrule.program import Instruction, View
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.index_arrays import as_int64
from chainrule.program.lowering.rules import lowers

__all__ = ["RECORD"]


@lowers("uniform", indices=True)
def _lower(
    ctx: LoweringContext,
    node: Node,
    counter: View,
    seed: int,
    shape: tuple[int, ...],
    dtype: Any,
) -> View | None:
    """Draws from U[0, 1), determined by the seed and a counter."""
    number = as_int64(ctx, node, counter) if dtype == ctx.dtype else None
    if number is None:
        return None
    return ctx.emit("uniform", [number], shape, node, seed=seed % 2**64)


def _encode(instruction: Instruction, _: Encoding) -> dict[str, int]:
    (counter,), (out,) = instruction.inputs, instruction.outputs
    seed = np.array(instruction.attributes["seed"], np.uint64).astype(np.int64)
    return {"counter": counter.start, "seed": int(seed), "out": out.start, "count": out.size}


@inner
def _mix(state):
    """The output function of SplitMix64."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


@inner
def _uniform(A, counter, seed, o, n, rank, ranks):
    """Numbers in [0, 1), by the same arithmetic as the value of the primitive `uniform`."""
    golden = np.uint64(0x9E3779B97F4A7C15)
    stream = _mix(np.uint64(seed) * golden + np.uint64(counter))
    scale = A.dtype.type(1.0 / (1 << 24))
    out = A[o : o + n]
    first, last = share(n, 16, rank, ranks)
    for i in range(first, last):
        bits = _mix(stream + np.uint64(i + 1) * golden) >> np.uint64(40)
        out[i] = A.dtype.type(bits) * scale


@inner
def _run(row, micro, params, A, integers, rank, ranks, counter, claim):
    _uniform(A, integers[row[0]], row[1], row[2], row[3], rank, ranks)


RECORD = InstructionRecord(
    ops=("uniform",),
    fields=("counter", "seed", "out", "count"),
    encode=_encode,
    kernel=_run,
)
