"""Arrays joined below, beside and behind each other, and cut apart again."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from chainrule.arguments import whole_number, whole_numbers
from chainrule.errors import ShapeError
from chainrule.ops.define import normal_axis
from chainrule.ops.movement.axes import atleast_1d, atleast_2d, atleast_3d, moveaxis
from chainrule.ops.movement.gather import flat, plain
from chainrule.ops.registry import provides
from chainrule.ops.shapes import concatenate, reshape
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["append", "array_split", "block", "column_stack", "dsplit", "dstack", "hsplit"]
__all__ += ["hstack", "split", "unstack", "vsplit", "vstack"]


def _parts(name: str, tup: Sequence[Operand], at_least: Any) -> list[Tensor]:
    parts = [at_least(part) for part in cast("Any", tup)]
    if not parts:
        raise ShapeError(name, expected="a sequence of at least one part", got="none")
    return parts


@provides("vstack", np.vstack)
def vstack(tup: Sequence[Operand]) -> Tensor:
    """Join arrays along the first axis; vectors are rows.

    >>> vstack([[1.0, 2.0], [3.0, 4.0]])
    Tensor([[1., 2.],
            [3., 4.]])
    """
    return concatenate(_parts("np.vstack", tup, atleast_2d), 0)


provides("row_stack", *([getattr(np, "row_stack")] if hasattr(np, "row_stack") else []))(  # noqa: B009
    vstack
)


@provides("hstack", np.hstack)
def hstack(tup: Sequence[Operand]) -> Tensor:
    """Join arrays along the second axis, and vectors along their only one.

    >>> hstack([[1.0, 2.0], [3.0]])
    Tensor([1., 2., 3.])
    """
    parts = _parts("np.hstack", tup, atleast_1d)
    return concatenate(parts, 0 if parts[0].ndim == 1 else 1)


@provides("dstack", np.dstack)
def dstack(tup: Sequence[Operand]) -> Tensor:
    """Join arrays along the third axis.

    >>> dstack([[1.0, 2.0], [3.0, 4.0]]).shape
    (1, 2, 2)
    """
    return concatenate(_parts("np.dstack", tup, atleast_3d), 2)


@provides("column_stack", np.column_stack)
def column_stack(tup: Sequence[Operand]) -> Tensor:
    """Join arrays along the second axis; vectors are columns.

    >>> column_stack([[1.0, 2.0], [3.0, 4.0]])
    Tensor([[1., 3.],
            [2., 4.]])
    """
    return concatenate(_parts("np.column_stack", tup, _column), 1)


def _column(x: Operand) -> Tensor:
    x = lift(x)
    return reshape(x, (-1, 1)) if x.ndim < 2 else x


@provides("block", np.block)
def block(arrays: Any) -> Tensor:
    """Assemble a matrix of blocks: the innermost lists are joined along the last axis.

    >>> block([[np.eye(2), np.zeros((2, 1))]]).shape
    (2, 3)
    """
    depths = {*_depths(arrays)}
    if len(depths) != 1:
        got = "an empty list" if not depths else f"lists of depths {sorted(depths)}"
        raise ShapeError("np.block", expected="lists of equal depth, none empty", got=got)
    depth = depths.pop()
    axes = max(depth, *(part.ndim for part in _leaves(arrays)), 0)

    def assembled(part: Any, left: int) -> Tensor:
        if left:
            return concatenate([assembled(inner, left - 1) for inner in part], -left)
        part = lift(part)
        return reshape(part, ((1,) * (axes - part.ndim) + part.shape))

    return assembled(arrays, depth)


def _depths(arrays: Any) -> list[int]:
    if not isinstance(arrays, list):
        return [0]
    inner = cast("list[Any]", arrays)
    return [1 + depth for part in inner for depth in _depths(part)]


def _leaves(arrays: Any) -> list[Tensor]:
    if not isinstance(arrays, list):
        return [lift(arrays)]
    return [leaf for part in cast("list[Any]", arrays) for leaf in _leaves(part)]


@provides("append", np.append)
def append(arr: Operand, values: Operand, axis: int | None = None) -> Tensor:
    """Join two arrays along an axis, or flattened.

    >>> append([1.0, 2.0], 3.0)
    Tensor([1., 2., 3.])
    """
    return concatenate(
        [lift(arr), lift(values)] if axis is not None else [flat(arr), flat(values)], axis or 0
    )


def _pieces(name: str, x: Operand, sections: Any, axis: int, even: bool) -> list[Tensor]:
    """The pieces between the given indices, or so many of nearly equal length."""
    x, found = lift(x), whole_numbers(f"{name} sections", plain(sections))
    position = normal_axis(axis, x.ndim, name)
    length = x.shape[position]
    if isinstance(found, int):
        count = whole_number(f"{name} sections", found, 1)
        if even and length % count:
            raise ShapeError(
                name,
                expected=f"a number of sections that divides the length {length} of axis {axis}",
                got=f"{count}",
                remedy="np.array_split allows pieces of unequal lengths",
            )
        ends = [k * (length // count) + min(k, length % count) for k in range(count + 1)]
    else:
        ends = [0, *found, length]
    before = (slice(None),) * position
    return [x[(*before, slice(a, b))] for a, b in itertools.pairwise(ends)]


@provides("split", np.split)
def split(ary: Operand, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """Cut along an axis into equal pieces, or before the given indices.

    >>> split([1.0, 2.0, 3.0], [1])
    [Tensor([1.]), Tensor([2., 3.])]
    """
    return _pieces("np.split", ary, indices_or_sections, axis, even=True)


@provides("array_split", np.array_split)
def array_split(ary: Operand, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """Cut along an axis into pieces of nearly equal length, or before the given indices.

    >>> array_split([1.0, 2.0, 3.0], 2)
    [Tensor([1., 2.]), Tensor([3.])]
    """
    return _pieces("np.array_split", ary, indices_or_sections, axis, even=False)


@provides("vsplit", np.vsplit)
def vsplit(ary: Operand, indices_or_sections: Any) -> list[Tensor]:
    """Cut along the first axis of a matrix.

    >>> [part.shape for part in vsplit(np.ones((4, 3)), 2)]
    [(2, 3), (2, 3)]
    """
    return _pieces("np.vsplit", _with_axes("np.vsplit", ary, 2), indices_or_sections, 0, even=True)


@provides("hsplit", np.hsplit)
def hsplit(ary: Operand, indices_or_sections: Any) -> list[Tensor]:
    """Cut along the second axis, and a vector along its only one.

    >>> hsplit([1.0, 2.0], 2)
    [Tensor([1.]), Tensor([2.])]
    """
    x = _with_axes("np.hsplit", ary, 1)
    return _pieces("np.hsplit", x, indices_or_sections, min(x.ndim - 1, 1), even=True)


@provides("dsplit", np.dsplit)
def dsplit(ary: Operand, indices_or_sections: Any) -> list[Tensor]:
    """Cut along the third axis.

    >>> [part.shape for part in dsplit(np.ones((1, 2, 4)), [1])]
    [(1, 2, 1), (1, 2, 3)]
    """
    return _pieces("np.dsplit", _with_axes("np.dsplit", ary, 3), indices_or_sections, 2, even=True)


def _with_axes(name: str, x: Operand, least: int) -> Tensor:
    x = lift(x)
    if x.ndim < least:
        expected = f"an array of {least} or more axes"
        raise ShapeError(name, expected=expected, got=f"shape {x.shape}")
    return x


@provides("unstack", *([np.unstack] if hasattr(np, "unstack") else []))
def unstack(x: Operand, axis: int = 0) -> tuple[Tensor, ...]:
    """The slices along an axis, without that axis: the inverse of `np.stack`.

    >>> unstack([[1.0, 2.0], [3.0, 4.0]])
    (Tensor([1., 2.]), Tensor([3., 4.]))
    """
    x = lift(x)
    position = normal_axis(axis, x.ndim, "np.unstack")
    front = moveaxis(x, position, 0)
    return tuple(front[i] for i in range(x.shape[position]))
