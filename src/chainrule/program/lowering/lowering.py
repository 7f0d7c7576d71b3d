"""Lowers the nodes of a graph, in order, to instructions over views.

Nodes that only change how memory is indexed become views.  Elementwise primitives become
instructions of their own, to be fused later.  A primitive with a rule becomes its opcodes.  Any
other becomes a "call" of its reference value, so that everything that can be recorded can be run.
So does any primitive that computes with complex numbers and, in a program of mixed precision, one
that computes with floats of another dtype than the program's; what only moves or converts them does
not.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.errors import GraphError
from chainrule.graph import Graph, Node
from chainrule.program.instruction import Instruction, flattened
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.in_place import write_in_place
from chainrule.program.lowering.rules import ANY_FLOATS, PATTERNS, RULES, any_elementwise
from chainrule.program.view import Buffer, View

__all__ = ["lower", "lower_nodes", "without_dead_code"]


def lower(
    graph: Graph,
    inputs: Mapping[Node, Buffer],
    outputs: Sequence[Buffer],
    dtype: np.dtype[Any],
    transposed: Collection[Node] = (),
    *,
    mixed: bool = False,
) -> LoweringContext:
    """Lower `graph`, which reads its inputs from `inputs` and writes its outputs to `outputs`.

    Inputs and outputs in `transposed` are matrices stored column-major.  Floats of a dtype other
    than `dtype` are refused unless `mixed`.

    Raises GraphError naming the node that cannot be lowered, and why.
    """
    ctx = LoweringContext(graph, inputs, dtype, transposed, mixed=mixed)
    for node in graph.inputs:
        _check_dtype(node, dtype, mixed=mixed)
    lower_nodes(ctx, graph.nodes)
    write_in_place(ctx)
    moved: dict[Buffer, Buffer] = {}
    for node, destination in zip(graph.outputs, outputs, strict=True):
        _write_output(ctx, node, destination, moved)
    for instruction in flattened(ctx.instructions):
        instruction.outputs = tuple(_moved(view, moved) for view in instruction.outputs)
        instruction.inputs = tuple(_moved(view, moved) for view in instruction.inputs)
    ctx.views = {node: _moved(view, moved) for node, view in ctx.views.items()}
    ctx.instructions = without_dead_code(ctx.instructions, set(outputs))
    return ctx


def lower_nodes(ctx: LoweringContext, nodes: Sequence[Node]) -> None:
    """Lower some nodes, each after its inputs; those that have a view are the inputs."""
    depends_on_inputs = set(ctx.views)
    for node in nodes:
        if node in ctx.views:  # perhaps since another application has computed it
            depends_on_inputs.add(node)
            continue
        if depends_on_inputs.isdisjoint(node.inputs):
            assert node.value is not None, "a node that depends on no input is computed eagerly"
            ctx.views[node] = ctx.constant(node.value, ctx.stored(node.spec.dtype))
        else:
            depends_on_inputs.update(node.outputs)
            for output, view in zip(node.outputs, _lower_application(ctx, node), strict=True):
                ctx.views.setdefault(output, view)


def _lower_application(ctx: LoweringContext, node: Node) -> Sequence[View]:
    """The views of all outputs of an operation."""
    assert node.primitive is not None
    inputs = [ctx.views[source] for source in node.inputs]
    _check_dtype(node, ctx.dtype, mixed=ctx.mixed)
    elementwise = node.primitive.elementwise and not node.siblings
    rule = known = RULES.get(node.primitive.name, any_elementwise if elementwise else None)
    if not (node.siblings or any(view.size for view in inputs)):
        return [_of_nothing(ctx, node)]
    for pattern in PATTERNS.get(node.primitive.name, ()):
        found = pattern(ctx, node, *inputs, **node.params)
        if isinstance(found, View):
            return [found]
    if node.primitive.name not in ANY_FLOATS and _other_floats(node, ctx.dtype):
        rule = None
    ctx.refuse(_usual_reason(ctx, node) if known else "no opcode")
    found = rule(ctx, node, *inputs, **node.params) if rule else None
    if found is None:
        found = ctx.call(node.primitive, inputs, node, **node.params)
    views = [found] if isinstance(found, View) else found
    for view, output in zip(views, node.outputs, strict=True):
        assert view.shape == output.spec.shape, f"{output.label}: {view.shape}"
        assert view.buffer.dtype == ctx.stored(output.spec.dtype), f"{output.label}: {view}"
    return views


def _usual_reason(ctx: LoweringContext, node: Node) -> str:
    """Why a node may have no opcode although its primitive has a rule."""
    if other := _other_floats(node, ctx.dtype):
        return f"no opcode for {other[0]} in a program of {ctx.dtype}"
    others = [part.spec.dtype for part in (*node.inputs, node) if part.spec.dtype != ctx.dtype]
    return f"no opcode for {others[0]}" if others else "no opcode for this form"


def _of_nothing(ctx: LoweringContext, node: Node) -> View:
    """The result for operands without entries, such as an empty sum: nothing can change it."""
    assert node.primitive is not None
    operands = (np.zeros(source.spec.shape, source.spec.dtype) for source in node.inputs)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the mean of nothing
        value = np.asarray(node.primitive.value(*operands, **node.params))
        return ctx.constant(value, ctx.stored(node.spec.dtype))


def _write_output(
    ctx: LoweringContext, node: Node, destination: Buffer, moved: dict[Buffer, Buffer]
) -> None:
    """Compute an output directly in its destination, or copy it there if that is impossible.

    `moved` are the buffers to replace by a destination, in all instructions at once at the end.
    """
    view = ctx.views[node]
    if not view.size:
        return
    free = view.buffer.group == "temporary" and view.buffer not in moved
    fits = (view.transpose((1, 0)) if node in ctx.transposed else view).covers_buffer
    if free and fits:
        moved[view.buffer] = destination
        return
    out = ctx.view_in(destination, node)
    ctx.write("copy", [view], out, node)


def _moved(view: View, moved: Mapping[Buffer, Buffer]) -> View:
    """The view itself, or the same view of the destination of its buffer."""
    return replace(view, buffer=moved[view.buffer]) if view.buffer in moved else view


def without_dead_code(instructions: Sequence[Instruction], live: set[Buffer]) -> list[Instruction]:
    """The instructions that the buffers in `live` depend on."""
    needed: list[Instruction] = []
    for instruction in reversed(instructions):
        if any(view.buffer in live for view in instruction.outputs):
            needed.append(instruction)
            live.update(view.buffer for view in instruction.inputs)
    return needed[::-1]


def _other_floats(node: Node, dtype: np.dtype[Any]) -> list[np.dtype[Any]]:
    """The floating and complex dtypes of an operation's results and operands, but for `dtype`."""
    specs = [part.spec for part in (*node.outputs, *node.inputs)]
    return [spec.dtype for spec in specs if spec.differentiable and spec.dtype != dtype]


def _check_dtype(node: Node, dtype: np.dtype[Any], *, mixed: bool) -> None:
    if node.spec.dtype.kind == "f" and node.spec.dtype != dtype and not mixed:
        raise GraphError(
            f"lowering {node.label}",
            expected=f"one floating dtype throughout, {dtype}",
            got=str(node.spec),
            remedy="cast the inputs and constants to one dtype",
        )
