"""The lowering of scans: each becomes a loop around the instructions of its body.

A body that needs a reference value would return to Python in every step; the whole scan then stays
a call of its own reference value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, final

from chainrule.engine.kernels.elementwise_loops import can_run
from chainrule.errors import GraphError
from chainrule.graph import Graph, Node
from chainrule.program import Instruction, TimeLoop, View, flattened
from chainrule.program.elementwise import built_in
from chainrule.program.lowering import lower_nodes, without_dead_code
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.in_place import write_in_place
from chainrule.program.lowering.rules import lowers

__all__ = ["entry"]


def entry(view: View) -> View:
    """The first entry of a view along the axis of time."""
    return View(view.buffer, view.shape[1:], view.strides[1:], view.offset)


class _Steps(NamedTuple):
    """What the steps of a loop compute: inputs and outputs of its graph, of which some are needed.

    carries   the carry before and after a step
    slices    what a step reads of what is given for every step
    results   what it adds to what the loop leaves for every step
    """

    graph: Graph
    carries: dict[Node, Node]
    slices: Sequence[Node]
    results: Sequence[Node]


@lowers("scan", any_floats=True)
def _lower(
    ctx: LoweringContext,
    node: Node,
    *views: View,
    body: Graph,
    consts: int,
    carries: int,
    length: int,
    reverse: bool,
    recompute: bool = False,
) -> Sequence[View] | None:
    """One loop for the scan and all others that repeat its steps, as its pull-back does."""
    if not length:
        return ctx.refuse("it has no steps")
    if any(one.spec.dtype.kind == "c" for one in (*body.inputs, *body.nodes)):
        return ctx.refuse("no loop for complex numbers")
    scans, known = _of_the_same_steps(ctx, node), set(ctx.constants)
    outputs = {
        output: result
        for scan in scans
        for output, result in zip(scan.outputs, scan.params["body"].outputs, strict=True)
    }
    used = [one for one in outputs if one in ctx.outputs or ctx.consumers.get(one)]
    results = dict.fromkeys(outputs[one] for one in used if one.index >= carries)
    finals = {one.index for one in used if one.index < carries}
    steps = _needed(body, consts, carries, finals, list(results))
    try:
        writer = _LoopWriter(ctx, node, steps, dict(zip(body.inputs, views, strict=True)), length)
        loop, stacked = writer.write(scans, reverse=reverse)
        reason = _why_not(ctx, loop)
    except GraphError as error:
        reason = str(error)
    if reason:
        for key in set(ctx.constants) - known:
            del ctx.constants[key]
        return ctx.refuse(reason)
    ctx.instructions.append(loop.begin)
    for output, result in outputs.items():
        if output.index < carries:
            view = writer.carried.get(body.inputs[consts + output.index])
        else:
            view = stacked.get(result)
        unused = ctx.temporary(output.spec.shape, ctx.stored(output.spec.dtype))
        ctx.views.setdefault(output, view or unused)
    return [ctx.views[output] for output in node.outputs]


def _of_the_same_steps(ctx: LoweringContext, node: Node) -> list[Node]:
    """One node of each scan that only differs from this one in what it leaves for every step."""

    def steps(scan: Node) -> tuple[object, ...]:
        params = dict(scan.params)
        body = params.pop("body")
        after = body.outputs[: params["carries"]]
        return scan.inputs, body.inputs, after, tuple(params.items())

    source = min(node.inputs, key=lambda source: len(ctx.consumers[source]))
    users = [user for user, _ in ctx.consumers[source] if user.primitive is node.primitive]
    scans = {user.outputs: user for user in users if steps(user) == steps(node)}
    return [node, *(scan for outputs, scan in scans.items() if node not in outputs)]


def _needed(
    body: Graph, consts: int, carries: int, finals: set[int], results: list[Node]
) -> _Steps:
    """The steps without carries on which nothing depends."""
    before = body.inputs[consts : consts + carries]
    depends = dict.fromkeys(body.inputs, 0)  # on which carries: a bit for each
    depends.update((one, 1 << i) for i, one in enumerate(before))
    for node in Graph.of([*body.outputs[:carries], *results], body.inputs).nodes:
        if node not in depends:
            depends[node] = 0
            for source in node.inputs:
                depends[node] |= depends[source]
    needed = sum(1 << i for i in finals)
    for result in results:
        needed |= depends[result]
    found = -1
    while found != needed:
        found = needed
        for i in range(carries):
            if needed >> i & 1:
                needed |= depends[body.outputs[i]]
    pairs = {before[i]: body.outputs[i] for i in range(carries) if needed >> i & 1}
    graph = Graph.of([*pairs.values(), *results], body.inputs)
    return _Steps(graph, pairs, body.inputs[consts + carries :], results)


@final
class _LoopWriter:
    """Writes the instructions of a loop; `given` are the views of the inputs of its graph.

    `carried` are the views that hold the carry during the loop, and the last one at its end.
    """

    def __init__(
        self,
        ctx: LoweringContext,
        node: Node,
        steps: _Steps,
        given: dict[Node, View],
        length: int,
    ) -> None:
        self._ctx, self._node, self._steps = ctx, node, steps
        self._given, self._length = given, length
        self.carried = {
            one: ctx.temporary(one.spec.shape, ctx.stored(one.spec.dtype)) for one in steps.carries
        }

    def write(self, scans: Sequence[Node], *, reverse: bool) -> tuple[TimeLoop, dict[Node, View]]:
        """The loop, and where it leaves the results of all steps."""
        steps, carried = self._steps, self.carried
        begin, end = (Instruction(op, (), (), nodes=tuple(scans)) for op in ("loop", "loop_end"))
        self._loop = loop = TimeLoop(steps.graph, self._length, reverse, begin, end)
        begin.loop = end.loop = loop
        ctx = self._lowered(loop)
        stacked = {one: self._store(ctx, one) for one in steps.results}
        loop.enter = [
            self._copy("carry", view, self._plain(self._given[one]), one)
            for one, view in carried.items()
            if view.size
        ]
        following = {one: self._following(ctx, one) for one in carried}
        ctx.instructions += [
            self._copy("carry", carried[one], view, one) for one, view in following.items() if view
        ]
        begin.outputs = end.outputs = (*carried.values(), *stacked.values())
        loop.body = without_dead_code(ctx.instructions, {view.buffer for view in begin.outputs})
        written = {view.buffer for one in (begin, *loop.body) for view in one.outputs}
        read = dict.fromkeys(view for one in loop.body for view in one.inputs)
        end.inputs = tuple(view for view in read if view.buffer not in written)
        begin.inputs = (*end.inputs, *(view for one in loop.enter for view in one.inputs))
        return loop, stacked

    def _lowered(self, loop: TimeLoop) -> LoweringContext:
        """The context of one step, after copies of its slices and the instructions of its graph.

        What is the same in all steps is computed before the loop.
        """
        graph, outer = self._steps.graph, self._ctx
        applied = [one for one in graph.nodes if one not in self._given]
        read = {source for one in applied for source in one.inputs} | {*graph.outputs}
        fixed, whole = dict(self._given), dict[Node, View]()
        for one in self._steps.slices:
            view = self._given[one]
            fixed[one] = entry(view)
            if one in read and self._length > 1 and view.strides[0] and fixed[one].size:
                copyable = _is_plain(fixed[one])
                whole[one] = view if copyable else outer.contiguous(view, self._node)
                fixed.pop(one)
        for one in self.carried:
            fixed.pop(one)
        varying = {*self.carried, *whole}
        for one in applied:
            if not varying.isdisjoint(one.inputs):
                varying.update(one.outputs)
        before, first = outer.nested(graph, fixed, hoisted=True), len(outer.instructions)
        lower_nodes(before, [one for one in graph.nodes if one not in varying])
        for instruction in outer.instructions[first:]:
            instruction.nodes = (self._node,)
        slices = {
            one: outer.temporary(view.shape[1:], view.buffer.dtype) for one, view in whole.items()
        }
        ctx = outer.nested(graph, {**before.views, **self.carried, **slices}, hoisted=False)
        ctx.instructions += [
            self._copy("load_step", slices[one], view, one) for one, view in whole.items()
        ]
        lower_nodes(ctx, graph.nodes)
        write_in_place(ctx)
        return ctx

    def _store(self, ctx: LoweringContext, result: Node) -> View:
        """Copy a result of a step to its place among those of all steps, which are returned."""
        view = ctx.views[result]
        stacked = self._ctx.temporary((self._length, *view.shape), view.buffer.dtype)
        if view.size:
            own = self._own_copy(ctx, result)
            copy = self._copy("store_step", stacked, self._plain(own, ctx, result), result)
            loads = sum(one.op == "load_step" for one in ctx.instructions)
            # the carry before the step: so that it need not be kept
            at_once = any(own.buffer is one.buffer for one in self.carried.values())
            index = loads if at_once and copy.inputs == (own,) else len(ctx.instructions)
            ctx.instructions.insert(index, copy)
        return stacked

    def _own_copy(self, ctx: LoweringContext, result: Node) -> View:
        """What holds a result, and no carry: an elementwise copy, to be fused with what writes it.

        The carry before the step is copied when the next one is about to be written.
        """
        view, steps = ctx.views[result], self._steps
        if view.buffer.dtype != ctx.dtype or not view.covers_buffer:
            return view
        following = steps.carries.get(result, result)
        if following not in steps.carries.values():
            return view
        written = ctx.views[following].buffer
        for i, one in enumerate(ctx.instructions):
            if any(output.buffer is written for output in one.outputs):
                own, settings = ctx.temporary(view.shape), {"operation": built_in("copy")}
                copy = Instruction("elementwise", (own,), (view,), settings, (following,))
                ctx.instructions.insert(i if result in steps.carries else i + 1, copy)
                return own
        return view

    def _following(self, ctx: LoweringContext, before: Node) -> View | None:
        """What to copy to where the next step reads a carry; None if it is there.

        No copy may overwrite what another one reads: carries that change places are copied twice.
        """
        after = self._steps.carries[before]
        view = ctx.views[after]
        if view == self.carried[before] or not view.size:
            return None
        if any(view.buffer is one.buffer for one in self.carried.values()):
            floating = view.buffer.dtype == ctx.dtype
            return ctx.elementwise("copy", [view], after) if floating else ctx.copied(view, after)
        return self._plain(view, ctx, after)

    def _plain(
        self, view: View, ctx: LoweringContext | None = None, node: Node | None = None
    ) -> View:
        """The view, or a copy of it, that copies at each step can read."""
        return view if _is_plain(view) else (ctx or self._ctx).contiguous(view, node or self._node)

    def _copy(self, op: str, target: View, source: View, node: Node) -> Instruction:
        return Instruction(op, (target,), (source,), nodes=(node,), loop=self._loop)


def _is_plain(view: View) -> bool:
    """Whether its entries follow each other in memory, or are all one number."""
    return view.contiguous or not any(view.strides)


def _why_not(ctx: LoweringContext, loop: TimeLoop) -> str:
    """Why the engine cannot run a loop without Python; nothing if it can."""
    for one in flattened(loop.body):
        if one.op == "call":
            assert one.primitive is not None
            reason = one.attributes.get("reason")
            return f"its body calls {one.primitive.name}" + (f": {reason}" if reason else "")
        if not can_run(one, ctx.dtype):
            return f"its body calls {one.attributes['operation'].name}"
    return ""
