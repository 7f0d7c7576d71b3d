"""Planning: from a graph to a program, by lowering, fusion and memory layout."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.graph import Graph, Node
from chainrule.program.epilogue import fuse_epilogues
from chainrule.program.fusion import fuse
from chainrule.program.instruction import Instruction
from chainrule.program.loops import carry_in_place, keep_constant_factors, move_views
from chainrule.program.lowering import INDICES, lower, stored_dtype
from chainrule.program.memory import aligned, assign_offsets
from chainrule.program.program import Program
from chainrule.program.view import Buffer

__all__ = ["plan"]


def plan(
    graph: Graph,
    dtype: np.dtype[Any],
    *,
    groups: Mapping[Node, str],
    outputs: Sequence[tuple[str, str]],
    fixed: Mapping[str, int] | None = None,
    start: int = 0,
    transposed: Collection[Node] = (),
    mixed: bool = False,
) -> Program:
    """The program that computes `graph` in `dtype`.

    groups      the group of each input of the graph
    outputs     the (name, group) of each output
    fixed       the offset of some groups, in bytes, for programs that share an arena
    start       the first offset for everything else, a multiple of a cache line
    transposed  inputs and outputs, all matrices, that are stored column-major
    mixed       whether floats of other dtypes are accepted: what computes with them is called by
                its reference value, in their own precision

    Each group is contiguous: its inputs and outputs of one dtype follow each other in order,
    without gaps.

    Raises GraphError naming the node that cannot be lowered, and why.
    """
    names, transposed = graph.names(), frozenset(transposed)

    consumers = graph.consumers()

    def buffer(node: Node, name: str, group: str) -> Buffer:
        stored = stored_dtype(node.spec.dtype, dtype)
        readers = [user.primitive for user, _ in consumers.get(node, ())]
        indexes = readers and all(reader and reader.name in INDICES for reader in readers)
        if stored.kind in "iu" and indexes and node in graph.inputs and node not in graph.outputs:
            stored = np.dtype(np.int64)  # converted once, when its values are written
        return Buffer(f"{name}ᵀ" if node in transposed else name, node.spec.size, stored, group)

    inputs = {node: buffer(node, names[node], groups[node]) for node in graph.inputs}
    results = [buffer(node, *named) for named, node in zip(outputs, graph.outputs, strict=True)]
    lowered = lower(graph, inputs, results, dtype, transposed, mixed=mixed)
    live_out = set(results)
    instructions = _fused(lowered.instructions, live_out)
    constants = dict(lowered.constants.values())
    persistent = [*inputs.values(), *results, *constants]
    end = assign_offsets(instructions, _lay_out_groups(persistent, dict(fixed or {}), start))
    return Program(
        graph,
        dtype,
        tuple(instructions),
        tuple(inputs.values()),
        tuple(results),
        constants,
        end,
    )


def _fused(
    instructions: Sequence[Instruction], live_out: set[Buffer], *, in_loop: bool = False
) -> list[Instruction]:
    """The instructions after all passes of fusion, in the bodies of loops as well."""
    for instruction in instructions:
        if (loop := instruction.begun_loop) is not None:
            carry_in_place(loop, _fused(loop.body, set(), in_loop=True))
            move_views(loop)
            keep_constant_factors(loop)
    fused = fuse(instructions, live_out, together=in_loop)
    return fuse_epilogues(fused, live_out, addends=in_loop)


def _lay_out_groups(buffers: Sequence[Buffer], fixed: Mapping[str, int], start: int) -> int:
    """Assign offsets to the buffers that outlive a step; returns where temporaries may begin."""
    groups: dict[str, dict[np.dtype[Any], list[Buffer]]] = {}
    for buffer in buffers:
        groups.setdefault(buffer.group, {}).setdefault(buffer.dtype, []).append(buffer)
    for group, by_dtype in groups.items():
        offset = fixed.get(group, start)
        for some in by_dtype.values():
            for buffer in some:
                buffer.offset = offset
                offset += buffer.bytes
            offset = end = aligned(offset)
            if group not in fixed:
                start = end
    return start
