"""Moving views: the steps of a loop read and write what is stacked in its place, without copies."""

from __future__ import annotations

from dataclasses import replace

from chainrule.program.instruction import Instruction, TimeLoop
from chainrule.program.loops.operands import replace_operands
from chainrule.program.view import Buffer, View

__all__ = ["move_views"]

MOVABLE = ("fused", "gemm")
"""Instructions whose operands may begin somewhere else in each step."""


def move_views(loop: TimeLoop) -> None:
    """Drop copies of slices, and of results to where those of all steps are stacked, if possible.

    What is copied is then read, and written, in its place in the stack: by views that move with
    time.
    """
    begin = loop.begin
    fixed = {view.buffer for view in (*begin.inputs, *begin.outputs)}
    users: dict[Buffer, list[Instruction]] = {}
    for one in loop.body:
        for buffer in {view.buffer for view in (*one.inputs, *one.outputs)}:
            users.setdefault(buffer, []).append(one)
    superfluous = set[Instruction]()
    for copy in loop.body:
        if copy.op not in ("load_step", "store_step"):
            continue
        (target,), (source,) = copy.outputs, copy.inputs
        part, stack = (target, source) if copy.op == "load_step" else (source, target)
        others = [one for one in users[part.buffer] if one is not copy]
        slice_ = View(stack.buffer, stack.shape[1:], stack.strides[1:])
        if (
            part.buffer not in fixed
            and part.covers_buffer
            and slice_.contiguous
            and all(one.op in MOVABLE for one in others)
        ):
            for one in others:
                _move(one, part.buffer, stack, loop)
            superfluous.add(copy)
    loop.body = [one for one in loop.body if one not in superfluous]


def _move(instruction: Instruction, part: Buffer, stack: View, loop: TimeLoop) -> None:
    """Have an instruction access the entry of a stack for each time in place of a buffer."""

    def moved(view: View) -> View:
        if view.buffer is not part:
            return view
        offset = view.offset + stack.offset
        return replace(
            view, buffer=stack.buffer, offset=offset, step=stack.strides[0], steps=loop.length
        )

    replace_operands(instruction, moved)
    instruction.loop = loop
