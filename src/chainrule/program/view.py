"""Buffers and views: where arrays will lie, and how they are walked.

Reshaping, transposing and broadcasting change how memory is walked and not what it holds, so they
cost no instruction: they are views, as in NumPy, of buffers whose place in the arena is decided
later.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

__all__ = ["AXES", "Buffer", "View", "common_axes", "contiguous", "kind_of"]

Shape = tuple[int, ...]

AXES = 4
"""Along how many axes a kernel walks at once."""


@final
@dataclass(eq=False)
class Buffer:
    """A run of `size` numbers of one kind ("float" or "int") with a place in the arena.

    `group` says what it is for: parameter, gradient, buffer, update (of a buffer), input, constant,
    output or temporary.
    """

    name: str
    size: int
    kind: str = "float"
    group: str = "temporary"
    offset: int = -1

    def whole(self, shape: Shape) -> View:
        """All of it, row by row."""
        return View(self, shape, contiguous(shape))


@final
@dataclass(frozen=True)
class View:
    """An array in a buffer: entry i lies at Σ iₖ · strides[k]."""

    buffer: Buffer
    shape: Shape
    strides: Shape

    @property
    def size(self) -> int:
        """Number of entries."""
        return math.prod(self.shape)

    @property
    def contiguous(self) -> bool:
        """Whether it walks its whole buffer in order."""
        return self.size == self.buffer.size and all(
            stride == plain or length == 1
            for stride, plain, length in zip(
                self.strides, contiguous(self.shape), self.shape, strict=True
            )
        )

    def transpose(self, axes: Shape) -> View:
        """The axes in another order."""
        return View(
            self.buffer,
            tuple(self.shape[i] for i in axes),
            tuple(self.strides[i] for i in axes),
        )

    def broadcast(self, shape: Shape) -> View:
        """Entries repeated along new axes and axes of length 1."""
        extra = len(shape) - len(self.shape)
        strides = (0,) * extra + tuple(
            0 if have == 1 else stride
            for have, stride in zip(self.shape, self.strides, strict=True)
        )
        return View(self.buffer, shape, strides)

    def reshape(self, shape: Shape) -> View | None:
        """The same entries in another shape, or None where that cannot be walked with strides."""
        if not self.size:
            return View(self.buffer, shape, contiguous(shape))
        merged = self.collapsed()
        strides: list[int] = []
        rest = list(merged)
        for length in reversed(shape):
            if length == 1:
                strides.append(0)
                continue
            if not rest:
                return None
            have, stride = rest.pop()
            if have % length:
                return None
            strides.append(stride)
            if have // length > 1:
                rest.append((have // length, stride * length))
        return None if rest else View(self.buffer, shape, tuple(reversed(strides)))

    def collapsed(self) -> list[tuple[int, int]]:
        """The fewest axes that walk the same entries in the same order, as (length, stride)."""
        axes: list[tuple[int, int]] = []
        for length, stride in zip(self.shape, self.strides, strict=True):
            if length == 1:
                continue
            if axes and axes[-1][1] == length * stride:
                axes[-1] = (axes[-1][0] * length, stride)
            else:
                axes.append((length, stride))
        return axes


def kind_of(dtype: np.dtype[Any]) -> str:
    """The kind of buffer that arrays of this dtype lie in; truth values are kept as 0.0 and 1.0."""
    return "int" if dtype.kind in "iu" else "float"


def common_axes(views: Sequence[View]) -> tuple[Shape, list[Shape]]:
    """The fewest axes that walk views of one shape side by side, and the strides of each view.

    >>> x, y = Buffer("x", 12), Buffer("y", 12)
    >>> common_axes([x.whole((2, 3, 2)), y.whole((3, 2)).broadcast((2, 3, 2))])
    ((2, 6), [(6, 1), (0, 1)])
    """
    lengths: list[int] = []
    strides: list[tuple[int, ...]] = []
    for axis, length in enumerate(views[0].shape):
        along = tuple(view.strides[axis] for view in views)
        if length == 1:
            continue
        if strides and all(a == length * b for a, b in zip(strides[-1], along, strict=True)):
            lengths[-1], strides[-1] = lengths[-1] * length, along
        else:
            lengths.append(length)
            strides.append(along)
    return tuple(lengths), [tuple(s[i] for s in strides) for i in range(len(views))]


def contiguous(shape: Shape) -> Shape:
    """The strides of an array that lies row by row.

    >>> contiguous((2, 3, 4))
    (12, 4, 1)
    """
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))
