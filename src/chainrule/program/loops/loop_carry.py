"""Carries in place: a loop computes its next carry where the next step reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chainrule.program.instruction import Instruction, TimeLoop
from chainrule.program.loops.operands import replace_operands
from chainrule.program.view import Buffer, View

__all__ = ["carry_in_place"]


def carry_in_place(loop: TimeLoop, body: Sequence[Instruction]) -> None:
    """Give a loop this body, without the copies of carries that can be computed in place.

    That is possible where nothing needs the carry before the step any more when the next one is
    written.  An elementwise operation may read an entry and write to the same place.
    """
    carries = {view.buffer for one in loop.enter for view in one.outputs}
    inner = [view.buffer for one in body if one.begun_loop for view in (*one.inputs, *one.outputs)]
    outside = carries.union(inner, (view.buffer for view in loop.begin.inputs))
    kept = list(body)
    for copy in body:
        if copy.outputs[0].buffer not in carries:
            continue
        (target,), (source,) = copy.outputs, copy.inputs
        if source.buffer in outside or not source.covers_buffer:
            continue
        old, new = target.buffer, source.buffer
        writer = next(i for i, one in enumerate(kept) if _mentions(one.outputs, new))
        last = max((i for i, one in enumerate(kept) if _mentions(one.inputs, old)), default=-1)
        if last > writer or (last == writer and not _reads_in_time(kept[writer], old, new)):
            continue
        kept.remove(copy)
        for one in kept:
            _rename(one, new, old)
    loop.body = kept


def _mentions(views: Sequence[View], buffer: Buffer) -> bool:
    return any(view.buffer is buffer for view in views)


def _reads_in_time(writer: Instruction, old: Buffer, new: Buffer) -> bool:
    """Whether an instruction reads each entry of `old` before it writes that of `new`."""
    if writer.op != "fused":
        return False
    operands = (view for micro in writer.micro for view in (*micro.inputs, micro.out))
    views = [v for v in operands if isinstance(v, View) and v.buffer in (old, new)]
    # of one order, so that a tile of one is what the same tile of the other replaces
    if not all(view.covers_buffer for view in views):
        return False
    buffers = [view.buffer for view in views]
    return old not in buffers[buffers.index(new) :]


def _rename(instruction: Instruction, old: Buffer, new: Buffer) -> None:
    """Have an instruction access another buffer in place of one."""
    replace_operands(
        instruction, lambda view: replace(view, buffer=new) if view.buffer is old else view
    )
