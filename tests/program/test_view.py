"""Views address the same entries as NumPy's arrays."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.errors import GraphError
from chainrule.program import Buffer, View
from chainrule.program.view import common_axes, contiguous
from program.strided import Strided, entries, shapes_of, strided_views

EXAMPLES = settings(max_examples=300, derandomize=True, database=None, deadline=None)


@EXAMPLES
@given(strided_views())
def test_transpose_broadcast_and_reshape_agree_with_numpy(drawn: Strided):
    view, memory, array = drawn
    assert view.shape == array.shape
    assert view.size == array.size
    np.testing.assert_array_equal(entries(view, memory), array)
    if view.covers_buffer:
        np.testing.assert_array_equal(array.reshape(-1), memory)
    if array.size:
        _, counts = np.unique(array, return_counts=True)
        each_as_often = len(counts) == memory.size and len(set(counts.tolist())) == 1
        forwards = all(n == 1 or s >= 0 for n, s in zip(view.shape, view.strides, strict=True))
        assert view.spans_buffer == (each_as_often and forwards)
        assert view.extent == (array.min(), array.max() + 1)


@EXAMPLES
@given(strided_views())
def test_reshape_fails_only_where_numpy_would_copy(drawn: Strided):
    view, _, array = drawn
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
@given(strided_views(), st.randoms(use_true_random=False))
def test_common_axes_address_the_same_entries(drawn: Strided, random):
    view, memory, array = drawn
    if not array.size:
        return
    order = tuple(random.sample(range(array.ndim), array.ndim))
    other = Buffer("y", array.size).whole(tuple(array.shape[i] for i in order))
    other = other.transpose(tuple(np.argsort(order))) if order else other
    lengths, strides = common_axes([view, other])
    memories = [memory, np.arange(array.size)]
    for one, values, along in zip((view, other), memories, strides, strict=True):
        found = entries(View(one.buffer, lengths, along, one.offset), values).reshape(-1)
        np.testing.assert_array_equal(found, entries(one, values).reshape(-1))


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 0), (1, 1)])
def test_a_whole_buffer_is_contiguous(shape):
    buffer = Buffer("x", math.prod(shape))
    assert buffer.whole(shape).strides == contiguous(shape)
    assert buffer.whole(shape).contiguous


def test_a_part_of_a_buffer_is_contiguous_without_covering_it():
    buffer = Buffer("x", 12, offset=800)
    row, column = View(buffer, (4,), (1,), 4), View(buffer, (3,), (4,), 3)
    assert (row.start, row.extent, row.contiguous) == (104, (4, 8), True)
    assert (column.start, column.extent, column.contiguous) == (103, (3, 12), False)
    assert not any((row.covers_buffer, row.spans_buffer, column.spans_buffer))
    backwards = View(buffer, (12,), (-1,), 11)
    assert backwards.extent == (0, 12)
    assert not any((backwards.contiguous, backwards.spans_buffer))


@pytest.mark.parametrize(
    "dtype", ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "c8", "c16"]
)
def test_offsets_count_bytes_and_starts_count_numbers(dtype):
    buffer = Buffer("x", 12, np.dtype(dtype), offset=320)
    item = buffer.dtype.itemsize
    view = buffer.whole((3, 4)).at(slice(1, 3), 1)
    assert (buffer.bytes, buffer.start, view.start) == (12 * item, 320 // item, 320 // item + 5)
    assert view.region == (320 + 5 * item, 320 + 10 * item)


@pytest.mark.parametrize("dtype", ["O", "U3", "M8[s]", "g", "G"])
def test_buffers_hold_booleans_and_numbers(dtype):
    with pytest.raises(GraphError, match=r"a program with x: expected booleans, integers, floats"):
        Buffer("x", 12, np.dtype(dtype))
