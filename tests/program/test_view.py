"""Views address the entries that NumPy's arrays have."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.program import Buffer, View
from chainrule.program.fusion import matrix_strides, splits
from chainrule.program.view import common_axes, contiguous

EXAMPLES = settings(max_examples=300, derandomize=True, database=None, deadline=None)


def entries(view: View, memory: np.ndarray) -> np.ndarray:
    strides = [stride * memory.itemsize for stride in view.strides]
    return np.lib.stride_tricks.as_strided(memory, view.shape, strides)


@st.composite
def walked(draw: st.DrawFn) -> tuple[View, np.ndarray, np.ndarray]:
    """A view after a few moves, the memory below it, and the array NumPy makes of it."""
    shape = tuple(draw(st.lists(st.sampled_from([0, 1, 1, 2, 3, 4]), max_size=4)))
    memory = np.arange(math.prod(shape))
    view, array = Buffer("x", memory.size).whole(shape), memory.reshape(shape)
    for _ in range(draw(st.integers(0, 4))):
        match draw(st.sampled_from(["transpose", "broadcast", "reshape"])):
            case "transpose":
                axes = tuple(draw(st.permutations(range(array.ndim))))
                view, array = view.transpose(axes), array.transpose(axes)
            case "broadcast" if array.size < 100:
                wide = tuple(draw(st.sampled_from([n, 3])) if n == 1 else n for n in array.shape)
                wide = (2,) * draw(st.integers(0, 1)) + wide
                view, array = view.broadcast(wide), np.broadcast_to(array, wide)
            case _:
                shape = draw(st.sampled_from(shapes_of(array.size)))
                if (moved := view.reshape(shape)) is not None:
                    view, array = moved, array.reshape(shape)
    return view, memory, array


def shapes_of(size: int) -> list[tuple[int, ...]]:
    pairs = [(n, size // n) for n in range(1, size + 1) if size % n == 0]
    triples = [(a, b, n // b) for a, n in pairs for b in range(1, n + 1) if n % b == 0]
    return [(size,), (size, 1), *pairs, *triples]


@EXAMPLES
@given(walked())
def test_moves_are_those_of_numpy(made):
    view, memory, array = made
    assert view.shape == array.shape
    assert view.size == array.size
    np.testing.assert_array_equal(entries(view, memory), array)
    if view.contiguous:
        np.testing.assert_array_equal(array.reshape(-1), memory)


@EXAMPLES
@given(walked())
def test_a_view_is_refused_a_shape_only_where_numpy_would_copy(made):
    view, _, array = made
    if not array.size:
        return
    for shape in shapes_of(array.size):
        try:
            array.view().shape = shape
            possible = True
        except AttributeError:
            possible = False
        assert (view.reshape(shape) is not None) >= possible


@EXAMPLES
@given(walked())
def test_rows_and_columns_are_walked_in_the_four_ways(made):
    view, memory, array = made
    if not array.size:
        return
    for rows, columns in splits(view.shape):
        strides = matrix_strides(view, rows, columns)
        if strides is not None:
            found = entries(View(view.buffer, (rows, columns), strides), memory)
            np.testing.assert_array_equal(found, array.reshape(rows, columns))
            assert strides in {(columns, 1), (0, 1), (1, 0), (0, 0)}


@EXAMPLES
@given(walked(), st.randoms(use_true_random=False))
def test_merged_axes_walk_the_same_entries(made, random):
    view, memory, array = made
    if not array.size:
        return
    order = tuple(random.sample(range(array.ndim), array.ndim))
    other = Buffer("y", array.size).whole(tuple(array.shape[i] for i in order))
    other = other.transpose(tuple(np.argsort(order))) if order else other
    lengths, strides = common_axes([view, other])
    for one, steps in zip((view, other), strides, strict=True):
        held = memory if one is view else np.arange(array.size)
        found = entries(View(one.buffer, lengths, steps), held).reshape(-1)
        np.testing.assert_array_equal(found, entries(one, held).reshape(-1))


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 0), (1, 1)])
def test_a_whole_buffer_is_walked_in_order(shape):
    buffer = Buffer("x", math.prod(shape))
    assert buffer.whole(shape).strides == contiguous(shape)
    assert buffer.whole(shape).contiguous
