"""Programs: instructions over one arena, and how a graph becomes one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.graph import Array, Graph, Node
from chainrule.graph.display import write
from chainrule.program.epilogue import fuse_epilogues
from chainrule.program.fusion import fuse
from chainrule.program.instruction import Instruction, Kernels
from chainrule.program.lowering import lower
from chainrule.program.memory import aligned, assign
from chainrule.program.view import Buffer, kind_of

__all__ = ["Program", "plan"]


@final
@dataclass(frozen=True)
class Program:
    """Instructions in order, with a place for every buffer.

    dtype         of the floating-point arena
    inputs        a buffer for each input of the graph
    outputs       a buffer for each output
    constants     values to be put in place before the first run
    floats, ints  length of each arena
    """

    graph: Graph
    dtype: np.dtype[Any]
    instructions: tuple[Instruction, ...]
    inputs: tuple[Buffer, ...]
    outputs: tuple[Buffer, ...]
    constants: Mapping[Buffer, Array]
    floats: int
    ints: int

    def __str__(self) -> str:
        return write(self, "text")


def plan(
    graph: Graph,
    dtype: np.dtype[Any],
    *,
    groups: Mapping[Node, str],
    outputs: Sequence[tuple[str, str]],
    kernels: Kernels,
    fixed: Mapping[str, int] | None = None,
    start: int = 0,
    transposed: Collection[Node] = (),
) -> Program:
    """Lower, fuse and place a graph.

    `groups` names the group of each input of the graph, `outputs` the (name, group) of each output.
    Each group lies contiguously, its inputs and outputs in their own order without gaps: at the
    place that `fixed` gives, which programs of one arena share, or else from `start` on.  Inputs
    and outputs that are `transposed` are matrices that lie by columns.

    Raises GraphError naming the node that cannot be lowered, and why.
    """
    names = graph.names()

    def buffer(node: Node, name: str, group: str) -> Buffer:
        size, kind = int(np.prod(node.spec.shape)), kind_of(node.spec.dtype)
        return Buffer(f"{name}ᵀ" if node in transposed else name, size, kind, group)

    inputs = {node: buffer(node, names[node], groups[node]) for node in graph.inputs}
    results = [buffer(node, *named) for named, node in zip(outputs, graph.outputs, strict=True)]
    low = lower(graph, inputs, results, dtype, kernels, transposed)
    instructions = fuse_epilogues(fuse(low.instructions, set(results)), set(results))
    lasting = [*inputs.values(), *results, *(buffer for buffer, _ in low.constants.values())]
    end = assign(instructions, _place_groups(lasting, dict(fixed or {}), start))
    return Program(
        graph,
        dtype,
        tuple(instructions),
        tuple(inputs.values()),
        tuple(results),
        dict(low.constants.values()),
        end["float"],
        end["int"],
    )


def _place_groups(
    buffers: Sequence[Buffer], fixed: Mapping[str, int], start: int
) -> dict[str, int]:
    """Place what outlives a step; where the temporaries of each kind begin."""
    end = {"float": start, "int": 0}
    for kind in end:
        for group in dict.fromkeys(b.group for b in buffers if b.kind == kind):
            at = fixed.get(group, end[kind])
            for buffer in buffers:
                if buffer.kind == kind and buffer.group == group:
                    buffer.offset = at
                    at += buffer.size
            if group not in fixed:
                end[kind] = aligned(at)
    return end
