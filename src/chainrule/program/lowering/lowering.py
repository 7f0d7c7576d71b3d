"""Lowers the nodes of a graph, in order, to instructions over views.

Nodes that only change how memory is indexed become views.  Elementwise primitives become
"elementwise" instructions, to be fused later.  A primitive with a rule becomes its opcodes.  Any
other becomes a "call" of its reference value, so that everything that can be recorded can be run.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.errors import GraphError
from chainrule.graph import Graph, Node
from chainrule.program.instruction import Instruction, Kernels
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.in_place import write_in_place
from chainrule.program.lowering.rules import RULES, any_elementwise
from chainrule.program.view import Buffer, View

__all__ = ["lower"]


def lower(
    graph: Graph,
    inputs: Mapping[Node, Buffer],
    outputs: Sequence[Buffer],
    dtype: np.dtype[Any],
    kernels: Kernels,
    transposed: Collection[Node] = (),
) -> LoweringContext:
    """Lower `graph`, which reads its inputs from `inputs` and writes its outputs to `outputs`.

    Inputs and outputs in `transposed` are matrices stored column-major.  `kernels` has the
    elementwise operations of the engine; other primitives are called.

    Raises GraphError naming the node that cannot be lowered, and why.
    """
    ctx = LoweringContext(graph, inputs, dtype, kernels, transposed)
    for node in graph.inputs:
        _check_dtype(node, dtype)
    depends_on_inputs = set(graph.inputs)
    for node in graph.nodes:
        if node in ctx.views:
            continue
        if depends_on_inputs.isdisjoint(node.inputs):
            assert node.value is not None, "a node that depends on no input is computed eagerly"
            ctx.views[node] = ctx.constant(node.value)
        else:
            depends_on_inputs.add(node)
            ctx.views[node] = _lower_node(ctx, node)
    results = {ctx.views[node].buffer for node in graph.outputs}
    ctx.instructions = write_in_place(ctx.instructions, results)
    claimed: set[Buffer] = set()
    for node, destination in zip(graph.outputs, outputs, strict=True):
        _write_output(ctx, node, destination, claimed)
    ctx.instructions = _without_dead_code(ctx.instructions, set(outputs))
    return ctx


def _lower_node(ctx: LoweringContext, node: Node) -> View:
    assert node.primitive is not None
    inputs = [ctx.views[source] for source in node.inputs]
    _check_dtype(node, ctx.dtype)
    if not any(view.size for view in inputs):
        return _of_nothing(ctx, node)
    rule = RULES.get(node.primitive.name, any_elementwise if node.primitive.elementwise else None)
    ctx.refuse(_usual_reason(ctx, node) if rule else "no opcode")
    view = rule(ctx, node, *inputs, **node.params) if rule else None
    if view is None:
        view = ctx.call(node.primitive, inputs, node, **node.params)
    assert view.shape == node.spec.shape, f"{node.label}: {view.shape}"
    return view


def _usual_reason(ctx: LoweringContext, node: Node) -> str:
    """Why a node may have no opcode although its primitive has a rule."""
    others = [part.spec.dtype for part in (*node.inputs, node) if part.spec.dtype != ctx.dtype]
    return f"no opcode for {others[0]}" if others else "no opcode for this form"


def _of_nothing(ctx: LoweringContext, node: Node) -> View:
    """The result for operands without entries, such as an empty sum: nothing can change it."""
    assert node.primitive is not None
    operands = (np.zeros(source.spec.shape, source.spec.dtype) for source in node.inputs)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the mean of nothing
        return ctx.constant(np.asarray(node.primitive.value(*operands, **node.params)))


def _write_output(
    ctx: LoweringContext, node: Node, destination: Buffer, claimed: set[Buffer]
) -> None:
    """Compute an output directly in its destination, or copy it there if that is impossible.

    `claimed` are the destinations in which outputs are computed directly.
    """
    view = ctx.views[node]
    if not view.size:
        return
    free = view.buffer.group == "temporary" and view.buffer not in claimed
    fits = (view.transpose((1, 0)) if node in ctx.transposed else view).covers_buffer
    if free and fits:
        for instruction in ctx.instructions:
            instruction.outputs = _redirected(instruction.outputs, view.buffer, destination)
            instruction.inputs = _redirected(instruction.inputs, view.buffer, destination)
        for other, stored in ctx.views.items():
            if stored.buffer is view.buffer:
                ctx.views[other] = replace(stored, buffer=destination)
        claimed.add(destination)
        return
    out = ctx.view_in(destination, node)
    ctx.write("copy", [view], out, node)


def _redirected(views: tuple[View, ...], old: Buffer, new: Buffer) -> tuple[View, ...]:
    """The views, with those of buffer `old` moved to buffer `new`."""
    return tuple(replace(view, buffer=new) if view.buffer is old else view for view in views)


def _without_dead_code(instructions: Sequence[Instruction], live: set[Buffer]) -> list[Instruction]:
    """The instructions that the buffers in `live` depend on."""
    needed: list[Instruction] = []
    for instruction in reversed(instructions):
        if any(view.buffer in live for view in instruction.outputs):
            needed.append(instruction)
            live.update(view.buffer for view in instruction.inputs)
    return needed[::-1]


def _check_dtype(node: Node, dtype: np.dtype[Any]) -> None:
    if node.spec.differentiable and node.spec.dtype != dtype:
        raise GraphError(
            f"lowering {node.label}",
            expected=f"one floating dtype throughout, {dtype}",
            got=str(node.spec),
            remedy="cast the inputs and constants to one dtype",
        )
