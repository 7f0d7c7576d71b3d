"""Buffers and views: arrays as an offset, a shape and strides, as in NumPy.

Reshaping, transposing and broadcasting change how memory is indexed, not what it holds.  They cost
no instruction: each is another view of the same buffer.  A buffer's offset in the arena is assigned
later, when every instruction is known.

A buffer's offset counts bytes, since buffers of all dtypes share one arena; within a buffer, views
count its numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import EllipsisType
from typing import Any, final

import numpy as np

from chainrule.errors import GraphError

__all__ = [
    "MAX_AXES",
    "BasicIndex",
    "Buffer",
    "View",
    "common_axes",
    "contiguous",
    "is_transposed",
    "matrix_order",
]

Shape = tuple[int, ...]

FLOAT64: np.dtype[Any] = np.dtype(np.float64)

BasicIndex = slice | int | EllipsisType | None
"""A part of an index that selects a view."""

MAX_AXES = 6
"""The most axes that a kernel loops over."""


@final
@dataclass(eq=False)
class Buffer:
    """A region of the arena that holds `size` numbers of one dtype.

    `group` says what the buffer holds: parameter, gradient, buffer, update (of a buffer), input,
    constant, output or temporary.  `offset` counts bytes, and is −1 until it is assigned.

    Raises GraphError for a dtype of which nothing is stored, such as texts or long doubles.
    """

    name: str
    size: int
    dtype: np.dtype[Any] = FLOAT64
    group: str = "temporary"
    offset: int = -1

    def __post_init__(self) -> None:
        if self.dtype.kind not in "biufc" or self.dtype.char in "gG":  # long doubles
            raise GraphError(
                f"a program with {self.name}",
                expected="booleans, integers, floats or complex numbers",
                got=f"{self.dtype}, for which no kernel is written; convert it to numbers",
            )

    @property
    def bytes(self) -> int:
        """The length of the region."""
        return self.size * self.dtype.itemsize

    @property
    def start(self) -> int:
        """Where it begins in the arena, as kernels count: in numbers of its dtype."""
        return self.offset // self.dtype.itemsize

    def whole(self, shape: Shape) -> View:
        """The whole buffer as an array of `shape`, row-major."""
        return View(self, shape, contiguous(shape))


@final
@dataclass(frozen=True)
class View:
    """An array in a buffer; it may cover only a part of the buffer, or repeat its entries.

    The entry at index (i₀, i₁, …) is stored at offset + Σ iₖ · strides[k] from the start of the
    buffer.  Offset and strides count numbers, not bytes; a stride of 0 repeats entries along its
    axis, and a negative one reverses it.

    In a loop, a view may move: at time t, it begins `step` · t numbers further on.  `steps` is then
    the number of times.
    """

    buffer: Buffer
    shape: Shape
    strides: Shape
    offset: int = 0
    step: int = 0
    steps: int = 1

    @property
    def size(self) -> int:
        """Number of entries."""
        return math.prod(self.shape)

    @property
    def start(self) -> int:
        """Where its first entry is stored in the arena, counted in numbers of its dtype."""
        return self.buffer.start + self.offset

    @property
    def region(self) -> tuple[int, int]:
        """The bytes of the arena between its lowest and its highest entry: (begin, end)."""
        begin, end = self.extent
        item = self.buffer.dtype.itemsize
        return self.buffer.offset + begin * item, self.buffer.offset + end * item

    @property
    def extent(self) -> tuple[int, int]:
        """The part of the buffer between its lowest and its highest entry: (begin, end).

        If it moves, at any time.
        """
        if not self.size:
            return self.offset, self.offset
        spans = [(n - 1) * stride for n, stride in zip(self.shape, self.strides, strict=True)]
        spans.append((self.steps - 1) * self.step)
        lowest = self.offset + sum(span for span in spans if span < 0)
        return lowest, lowest + sum(map(abs, spans)) + 1

    @property
    def spans_buffer(self) -> bool:
        """Whether it shows every entry of its buffer, each as often, with axes in any order."""
        axes = zip(self.strides, self.shape, strict=True)
        shown = 1
        for stride, length in sorted(axis for axis in axes if axis[0] and axis[1] != 1):
            if stride != shown:
                return False
            shown *= length
        return not self.offset and shown == self.buffer.size

    @property
    def covers_buffer(self) -> bool:
        """Whether the view is its whole buffer in row-major order."""
        return self.contiguous and self.size == self.buffer.size

    @property
    def contiguous(self) -> bool:
        """Whether its entries follow each other in row-major order, anywhere in the buffer."""
        return all(
            stride == plain or length == 1
            for stride, plain, length in zip(
                self.strides, contiguous(self.shape), self.shape, strict=True
            )
        )

    def at_time(self, t: int) -> View:
        """Where a view that moves is at time t."""
        return View(self.buffer, self.shape, self.strides, self.offset + t * self.step)

    def transpose(self, axes: Shape) -> View:
        """The view with its axes in another order."""
        return View(
            self.buffer,
            tuple(self.shape[i] for i in axes),
            tuple(self.strides[i] for i in axes),
            self.offset,
            self.step,
            self.steps,
        )

    def broadcast(self, shape: Shape) -> View:
        """The view with its entries repeated along new axes and axes of length 1."""
        extra = len(shape) - len(self.shape)
        strides = (0,) * extra + tuple(
            0 if length == 1 else stride
            for length, stride in zip(self.shape, self.strides, strict=True)
        )
        return View(self.buffer, shape, strides, self.offset, self.step, self.steps)

    def at(self, *index: BasicIndex) -> View:
        """The view of the entries that an index selects, as in NumPy.

        >>> Buffer("x", 12).whole((3, 4)).at(slice(None, None, -1), 1, None)
        View(x[3×1], strides -4×0, offset 9)
        """
        axes = iter(zip(self.shape, self.strides, strict=True))
        shape: list[int] = []
        strides: list[int] = []
        offset = self.offset
        for part in _for_each_axis(index, len(self.shape)):
            if part is None:
                shape.append(1)
                strides.append(0)
                continue
            length, stride = next(axes)
            if isinstance(part, slice):
                selected = range(length)[part]
                shape.append(len(selected))
                strides.append(selected.step * stride)
                offset += selected.start * stride if selected else 0
            else:
                offset += range(length)[part] * stride
        return View(self.buffer, tuple(shape), tuple(strides), offset, self.step, self.steps)

    def reshape(self, shape: Shape) -> View | None:
        """The same entries in another shape, or None where no strides address them."""
        if not self.size:
            return View(self.buffer, shape, contiguous(shape), self.offset)
        strides: list[int] = []
        remaining = self.collapsed()
        for length in reversed(shape):
            if length == 1:
                strides.append(0)
                continue
            if not remaining:
                return None
            available, stride = remaining.pop()
            if available % length:
                return None
            strides.append(stride)
            if available // length > 1:
                remaining.append((available // length, stride * length))
        if remaining:
            return None
        return View(
            self.buffer, shape, tuple(reversed(strides)), self.offset, self.step, self.steps
        )

    def __repr__(self) -> str:
        shape, strides = ("×".join(map(str, numbers)) for numbers in (self.shape, self.strides))
        return f"View({self.buffer.name}[{shape}], strides {strides}, offset {self.offset})"

    def collapsed(self) -> list[tuple[int, int]]:
        """The fewest axes that address the same entries in the same order: (length, stride)."""
        axes: list[tuple[int, int]] = []
        for length, stride in zip(self.shape, self.strides, strict=True):
            if length == 1:
                continue
            if axes and axes[-1][1] == length * stride:
                axes[-1] = (axes[-1][0] * length, stride)
            else:
                axes.append((length, stride))
        return axes


def _for_each_axis(index: Sequence[BasicIndex], axes: int) -> list[slice | int | None]:
    """The index with a part for each axis, in place of … or after the last one."""
    missing = axes - sum(part is not None and part is not ... for part in index)
    full: list[slice | int | None] = []
    for part in index:
        if isinstance(part, EllipsisType):
            full += [slice(None)] * missing
            missing = 0
        else:
            full.append(part)
    return full + [slice(None)] * missing


def matrix_order(view: View) -> tuple[bool, int] | None:
    """How a matrix is stored: whether column-major, and the distance between its rows or columns.

    None if neither its rows nor its columns are contiguous, or if they are repeated.

    >>> matrix_order(Buffer("x", 12).whole((3, 4)).at(slice(3), slice(2)))
    (False, 4)
    """
    (rows, columns), (down, along) = view.shape, view.strides
    if (columns == 1 or along == 1) and (rows == 1 or down > 0):
        return False, columns if rows == 1 else down
    if (rows == 1 or down == 1) and (columns == 1 or along > 0):
        return True, rows if columns == 1 else along
    return None


def is_transposed(view: View) -> bool:
    """Whether a matrix that kernels of products can read is column-major."""
    order = matrix_order(view)
    assert order is not None, "lowering copies other factors"
    return order[0]


def common_axes(views: Sequence[View]) -> tuple[Shape, list[Shape]]:
    """The fewest axes over which views of one shape can be looped together.

    Returns the lengths of these axes and, for each view, its strides along them.  Numbers of 16
    bytes are only copied, as two of 8, which are an axis, too.

    >>> x, y = Buffer("x", 12), Buffer("y", 12)
    >>> common_axes([x.whole((2, 3, 2)), y.whole((3, 2)).broadcast((2, 3, 2))])
    ((2, 6), [(6, 1), (0, 1)])
    """
    lengths: list[int] = []
    strides: list[tuple[int, ...]] = []  # for each axis, the stride of every view
    for axis, length in enumerate(views[0].shape):
        along = tuple(view.strides[axis] for view in views)
        if length == 1:
            continue
        if strides and all(a == length * b for a, b in zip(strides[-1], along, strict=True)):
            lengths[-1], strides[-1] = lengths[-1] * length, along
        else:
            lengths.append(length)
            strides.append(along)
    if views[0].buffer.dtype.itemsize > 8:
        lengths.append(2)
        strides = [*(tuple(2 * s for s in along) for along in strides), (1,) * len(views)]
    return tuple(lengths), [tuple(s[i] for s in strides) for i in range(len(views))]


def contiguous(shape: Shape) -> Shape:
    """The strides of a row-major array without gaps.

    >>> contiguous((2, 3, 4))
    (12, 4, 1)
    """
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))
