"""Rules of indexing: a selection is a view, or copies of rows; its transpose adds into zeros."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from chainrule.graph import Node
from chainrule.program.instruction import Instruction
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.index_arrays import as_int64, as_rows
from chainrule.program.lowering.parts import Part, write_parts
from chainrule.program.lowering.rules.registry import lowers
from chainrule.program.view import BasicIndex, View

Shape = tuple[int, ...]
Index = tuple[Any, ...]

ARRAY = "array"
"""What stands in an index for an array of integers."""

FORM = "an index with arrays, of another form than rows"


@lowers("getitem", any_floats=True)
def getitem(ctx: LoweringContext, node: Node, x: View, *arrays: View, index: Index) -> View | None:
    """The same memory with an offset and other strides; or copies of rows by their numbers."""
    if not arrays:
        return x.at(*_basic(index))
    numbers = _row_numbers(ctx, node, index, arrays, x)
    if numbers is None:
        return ctx.refuse(FORM)
    rows = as_rows(ctx, node, x, 1)
    shape = (numbers.size, rows.shape[1])
    return ctx.emit("gather_rows", [rows, numbers], shape, node).reshape(node.spec.shape)


@lowers("put_add", any_floats=True)
def put_add(
    ctx: LoweringContext, node: Node, *operands: View, shape: Shape, indices: Sequence[Index]
) -> View | None:
    """Parts added to zeros, each at the entries, or at the rows, that its index selects."""
    arrays, parts, scattered = (
        list(operands[len(indices) :]),
        list[Part](),
        list[tuple[View, View]](),
    )
    for index, part in zip(indices, operands, strict=False):
        own = [arrays.pop(0) for _ in range(index.count(ARRAY))]
        if not own:
            parts.append(Part(_basic(index), part))
            continue
        numbers = _row_numbers(ctx, node, index, own, part)
        if numbers is None:
            return ctx.refuse(FORM)
        scattered.append((as_rows(ctx, node, part, len(own[0].shape)), numbers))
    out = write_parts(ctx, node, parts, shape)
    if out is None:
        return None
    for rows, numbers in scattered:
        target = as_rows(ctx, node, out, 1)
        added = Instruction("add_rows", (target,), (target, rows, numbers), {}, (node,))
        ctx.instructions.append(added)
    return out


def _basic(index: Index) -> tuple[BasicIndex, ...]:
    """An index of slices, integers, None and …, as NumPy writes it."""
    return tuple(slice(*cast(Any, part)) if isinstance(part, tuple) else part for part in index)


def _row_numbers(
    ctx: LoweringContext, node: Node, index: Index, arrays: Sequence[View], x: View
) -> View | None:
    """The row numbers, where an index selects whole rows of floats by one array; else None."""
    whole = all(part is Ellipsis or part == (None, None, None) for part in index[1:])
    if len(arrays) > 1 or index[0] != ARRAY or not whole or not ctx.is_floating(node, x):
        return None
    return as_int64(ctx, node, arrays[0]) if arrays[0].size else None
