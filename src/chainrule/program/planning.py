"""Planning: from a graph to a program, by lowering, fusion and memory layout."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.graph import Graph, Node
from chainrule.program.epilogue import fuse_epilogues
from chainrule.program.fusion import fuse
from chainrule.program.instruction import Instruction
from chainrule.program.loop_carry import carry_in_place
from chainrule.program.lowering import lower
from chainrule.program.memory import aligned, assign_offsets
from chainrule.program.program import Program
from chainrule.program.view import Buffer, kind_of

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
    fixed       the offset of some groups, for programs that share an arena
    start       the first offset for everything else
    transposed  inputs and outputs, all matrices, that are stored column-major
    mixed       whether floats narrower than `dtype` are accepted: they are stored as wider ones and
                computed by reference values, in their own precision

    Each group is contiguous: its inputs and outputs follow each other in order, without gaps.

    Raises GraphError naming the node that cannot be lowered, and why.
    """
    names, transposed = graph.names(), frozenset(transposed)

    def buffer(node: Node, name: str, group: str) -> Buffer:
        size, kind = int(np.prod(node.spec.shape)), kind_of(node.spec.dtype)
        return Buffer(f"{name}ᵀ" if node in transposed else name, size, kind, group)

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
        end["float"],
        end["int"],
    )


def _fused(instructions: Sequence[Instruction], live_out: set[Buffer]) -> list[Instruction]:
    """The instructions after all passes of fusion, in the bodies of loops as well."""
    for instruction in instructions:
        if (loop := instruction.begun_loop) is not None:
            carry_in_place(loop, _fused(loop.body, set()))
    return fuse_epilogues(fuse(instructions, live_out), live_out)


def _lay_out_groups(
    buffers: Sequence[Buffer], fixed: Mapping[str, int], start: int
) -> dict[str, int]:
    """Assign offsets to the buffers that outlive a step; returns where temporaries may begin."""
    end = {"float": start, "int": 0}
    for kind in end:
        for group in dict.fromkeys(b.group for b in buffers if b.kind == kind):
            offset = fixed.get(group, end[kind])
            for buffer in buffers:
                if buffer.kind == kind and buffer.group == group:
                    buffer.offset = offset
                    offset += buffer.size
            if group not in fixed:
                end[kind] = aligned(offset)
    return end
