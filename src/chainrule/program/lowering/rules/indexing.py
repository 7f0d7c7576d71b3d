"""Rules of basic indexing: a selection is a view, and its transpose writes into one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from chainrule.graph import Node
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.parts import Part, write_parts
from chainrule.program.lowering.rules.registry import lowers
from chainrule.program.view import BasicIndex, View

Shape = tuple[int, ...]


@lowers("getitem", any_floats=True)
def getitem(
    ctx: LoweringContext, node: Node, x: View, *arrays: View, index: tuple[Any, ...]
) -> View | None:
    """The same memory with an offset and other strides; None for an index with arrays."""
    return ctx.refuse("an index with arrays") if arrays else x.at(*_basic(index))


@lowers("put_add", any_floats=True)
def put_add(
    ctx: LoweringContext,
    node: Node,
    *operands: View,
    shape: Shape,
    indices: Sequence[tuple[Any, ...]],
) -> View | None:
    """Parts added to zeros, each at the entries that its basic index selects."""
    if len(operands) > len(indices):
        return ctx.refuse("an index with arrays")
    parts = [Part(_basic(i), part) for i, part in zip(indices, operands, strict=True)]
    return write_parts(ctx, node, parts, shape)


def _basic(index: tuple[Any, ...]) -> tuple[BasicIndex, ...]:
    """An index of slices, integers, None and …, as NumPy writes it."""
    return tuple(slice(*cast(Any, part)) if isinstance(part, tuple) else part for part in index)
