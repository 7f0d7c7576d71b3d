"""Writing in place: a part of a join is computed in its slice, instead of being copied there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chainrule.program.instruction import Instruction
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.view import MAX_AXES, Buffer, View, common_axes, contiguous, matrix_order

__all__ = ["write_in_place"]


def write_in_place(ctx: LoweringContext) -> None:
    """Drop copies of temporaries to parts of other buffers, where possible.

    What is copied is then written, and read, in its part.  The graph's inputs and outputs stay in
    place: of the body of a loop, these are the carries.
    """
    instructions, ends = ctx.instructions, (*ctx.graph.inputs, *ctx.graph.outputs)
    fixed = {ctx.views[node].buffer for node in ends if node in ctx.views}
    users: dict[Buffer, list[Instruction]] = {}
    for instruction in instructions:
        for buffer in {view.buffer for view in (*instruction.inputs, *instruction.outputs)}:
            users.setdefault(buffer, []).append(instruction)
    superfluous: set[Instruction] = set()
    for copy in reversed(instructions):
        if not copy.attributes.get("part"):
            continue
        (source,), (target,) = copy.inputs, copy.outputs
        buffer = source.buffer
        if buffer.group != "temporary" or buffer in fixed or not source.covers_buffer:
            continue
        if _move(users[buffer], source, target):
            superfluous.add(copy)
            users[target.buffer] += users[buffer]
    ctx.instructions = [one for one in instructions if one not in superfluous]


def _move(users: Sequence[Instruction], source: View, target: View) -> bool:
    """Have instructions access `target` instead of `source`, if they all can."""
    changed: list[tuple[Instruction, tuple[View, ...], tuple[View, ...]]] = []
    for user in users:
        if user.loop is not None:
            return False  # instructions of the loop's body would have to follow
        outputs, inputs = (
            [_moved(view, source, target) if view.buffer is source.buffer else view for view in v]
            for v in (user.outputs, user.inputs)
        )
        outputs, inputs = ([v for v in views if v is not None] for views in (outputs, inputs))
        complete = len(outputs) == len(user.outputs) and len(inputs) == len(user.inputs)
        if not (complete and _can_access(user.op, outputs, inputs)):
            return False
        changed.append((user, tuple(outputs), tuple(inputs)))
    for user, outputs, inputs in changed:
        user.outputs, user.inputs = outputs, inputs
    return True


def _can_access(op: str, outputs: Sequence[View], inputs: Sequence[View]) -> bool:
    """Whether the kernel of an opcode can write and read views with these strides."""
    match op:
        case "call":
            return True
        case "elementwise" | "copy_items":
            return len(common_axes([*outputs, *inputs])[0]) <= MAX_AXES
        case "gemm" | "gemm_stack":
            matrices = [View(v.buffer, v.shape[-2:], v.strides[-2:]) for v in (*outputs, *inputs)]
            result, *orders = (matrix_order(matrix) for matrix in matrices)
            return result is not None and not result[0] and None not in orders
        case _:
            return all(view.contiguous for view in (*outputs, *inputs))


def _moved(view: View, source: View, target: View) -> View | None:
    """The entries of `target` that `view` shows of `source`, its whole buffer in row-major order.

    None if no strides address them.
    """
    if not view.size:
        return replace(view, buffer=target.buffer, offset=target.offset)
    if view.covers_buffer:
        return target.reshape(view.shape)
    lengths, units = source.shape, contiguous(source.shape)
    lowest: list[int] = []  # the index of the first entry, then the least index along each axis
    rest = view.offset
    for unit in units:
        index, rest = divmod(rest, unit)
        lowest.append(index)
    offset = sum(i * stride for i, stride in zip(lowest, target.strides, strict=True))
    highest, strides = list(lowest), list[int]()
    for length, stride in zip(view.shape, view.strides, strict=True):
        if length == 1 or not stride:
            strides.append(0)
            continue
        axis = next(i for i, unit in enumerate(units) if abs(stride) >= unit)
        if stride % units[axis]:
            return None
        steps = stride // units[axis]
        strides.append(steps * target.strides[axis])
        span = steps * (length - 1)
        lowest[axis], highest[axis] = (
            lowest[axis] + min(span, 0), highest[axis] + max(span, 0)
        )  # fmt: skip
    if any(low < 0 for low in lowest) or any(
        high >= length for high, length in zip(highest, lengths, strict=True)
    ):
        return None
    return View(target.buffer, view.shape, tuple(strides), target.offset + offset)
