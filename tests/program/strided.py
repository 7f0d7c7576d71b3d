"""Views with all kinds of strides, drawn at random, with the NumPy arrays that they stand for."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from chainrule.program import Buffer, View


class Strided(NamedTuple):
    """A view, the memory of its buffer, and the same view as NumPy computes it."""

    view: View
    memory: np.ndarray
    array: np.ndarray


def entries(view: View, memory: np.ndarray) -> np.ndarray:
    """The array that a view addresses in the memory of its buffer."""
    strides = [stride * memory.itemsize for stride in view.strides]
    return np.lib.stride_tricks.as_strided(memory[view.offset :], view.shape, strides)


def shapes_of(size: int) -> list[tuple[int, ...]]:
    """The shapes of up to three axes that an array of `size` entries can have."""
    pairs = [(n, size // n) for n in range(1, size + 1) if size % n == 0]
    triples = [(a, b, n // b) for a, n in pairs for b in range(1, n + 1) if n % b == 0]
    return [(size,), (size, 1), *pairs, *triples]


def _indices(length: int) -> st.SearchStrategy[slice | int]:
    """Indices into an axis."""
    ends = st.none() | st.integers(-length - 1, length + 1)
    slices = st.builds(slice, ends, ends, st.sampled_from([None, 1, 2, -1, -2]))
    return slices | st.integers(-length, length - 1) if length else slices


SHAPES = st.lists(st.sampled_from([0, 1, 1, 2, 3, 4]), max_size=4).map(tuple)


@st.composite
def strided_views(
    draw: st.DrawFn, of: tuple[int, ...] | None = None, *, reshaped: bool = True
) -> Strided:
    """A contiguous array after a few transpositions, broadcasts, slices and, if wanted, reshapes.

    Of any shape, if none is given.
    """
    shape = draw(SHAPES) if of is None else of
    memory = np.arange(math.prod(shape))
    view, array = Buffer("x", memory.size).whole(shape), memory.reshape(shape)
    for _ in range(draw(st.integers(0, 4))):
        match draw(st.sampled_from(["transpose", "broadcast", "slice", "reshape"])):
            case "transpose":
                axes = tuple(draw(st.permutations(range(array.ndim))))
                view, array = view.transpose(axes), array.transpose(axes)
            case "broadcast" if array.size < 100:
                wide = tuple(draw(st.sampled_from([n, 3])) if n == 1 else n for n in array.shape)
                wide = (2,) * draw(st.integers(0, 1)) + wide
                view, array = view.broadcast(wide), np.broadcast_to(array, wide)
            case "slice":
                index = [draw(_indices(length)) for length in array.shape]
                view, array = view.at(*index), array[tuple(index)]
            case _ if reshaped:
                shape = draw(st.sampled_from(shapes_of(array.size)))
                if (other := view.reshape(shape)) is not None:
                    view, array = other, array.reshape(shape)
            case _:
                pass
    return Strided(view, memory, array)
