"""Temporaries share memory, but not while both are needed."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.program import Buffer, Instruction
from chainrule.program.intervals import Intervals
from chainrule.program.memory import ALIGN, aligned, assign_offsets
from engine.comparison import planned
from program.checker import check

DTYPES = st.sampled_from(["f8", "f4", "i8", "i4", "u1", "?"])
EXAMPLES = settings(max_examples=300, derandomize=True, database=None, deadline=None)


@EXAMPLES
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), max_size=12))
def test_intervals_are_a_set_of_offsets(drawn):
    intervals, offsets = Intervals(), set[int]()
    for begin, length in drawn:
        end = begin + length
        overlap = offsets & set(range(begin, end))
        found = intervals.overlap_end(begin, end)
        assert (found is not None) == bool(overlap)
        if found is not None:
            assert {max(overlap), found - 1} <= offsets
            assert found not in offsets
        intervals.add(begin, end)
        offsets |= set(range(begin, end))


def test_intervals_that_touch_become_one():
    intervals = Intervals()
    for begin in (0, 32, 16):
        intervals.add(begin, begin + 16)
    assert intervals.overlap_end(0, 1) == 48


@EXAMPLES
@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 11), st.integers(0, 11), DTYPES),
        max_size=20,
    )
)
def test_buffers_that_are_live_together_do_not_overlap(drawn):
    buffers = [
        (Buffer(f"t{i}", size, np.dtype(dtype)), min(a, b), max(a, b))
        for i, (size, a, b, dtype) in enumerate(drawn)
    ]
    instructions = [
        Instruction(
            "copy",
            tuple(b.whole((b.size,)) for b, first, _ in buffers if first == index),
            tuple(b.whole((b.size,)) for b, first, last in buffers if first < index <= last),
        )
        for index in range(12)
    ]
    start = 192
    end = assign_offsets(instructions, start)
    for i, (one, first, last) in enumerate(buffers):
        assert start <= one.offset
        assert one.offset + one.bytes <= end
        assert one.offset % ALIGN == 0
        for other, begins, ends in buffers[:i]:
            live_together = begins <= last and first <= ends
            disjoint = (
                one.offset + one.bytes <= other.offset or other.offset + other.bytes <= one.offset
            )
            assert disjoint or not live_together or not one.size or not other.size


@settings(EXAMPLES, max_examples=100)
@given(
    st.lists(
        st.tuples(st.integers(0, 70), st.integers(0, 11), st.integers(0, 11), DTYPES),
        max_size=16,
    )
)
def test_the_largest_come_first_each_at_the_lowest_offset_free(drawn):
    """Compared with a search of every offset."""
    buffers = [
        (Buffer(f"t{i}", size, np.dtype(dtype)), min(a, b), max(a, b))
        for i, (size, a, b, dtype) in enumerate(drawn)
    ]
    instructions = [
        Instruction("copy", (), tuple(b.whole((b.size,)) for b, *ends in buffers if at in ends))
        for at in range(12)
    ]
    start = 192
    assign_offsets(instructions, start)
    placed: list[tuple[Buffer, int, int]] = []
    for buffer, first, last in sorted(buffers, key=lambda drawn: (-drawn[0].bytes, *drawn[1:])):
        taken = {
            offset
            for other, begins, ends in placed
            if begins <= last and first <= ends
            for offset in range(other.offset, other.offset + aligned(other.bytes))
        }
        lowest = next(
            offset
            for offset in range(start, 100_000, ALIGN)  # where buffers may begin
            if taken.isdisjoint(range(offset, offset + aligned(buffer.bytes)))
        )
        assert buffer.offset == lowest
        placed.append((buffer, first, last))


def test_numbers_of_all_dtypes_share_memory():
    """Also over time: bytes of an integer that is no longer needed are used for floats."""

    def function(x, n):
        integers = [cr.concatenate([n[::2], n[1::2]]) for _ in range(3)]
        bytes_ = [part.astype(np.uint8) for part in integers]
        floats = [cr.cumsum(part.astype(x.dtype) * x) for part in bytes_]
        return sum(cr.cumsum(part) for part in floats), integers[0] * 2

    program = planned(cr.trace(function, cr.spec(64), cr.spec(64, np.int32)))
    check(program)
    temporaries = {
        view.buffer: view.region
        for instruction in program.instructions
        for view in instruction.outputs
        if view.buffer.group == "temporary"
    }
    assert {str(buffer.dtype) for buffer in temporaries} == {"int32", "uint8", "float64"}
    assert any(
        one.dtype.kind != other.dtype.kind and begin < last and first < end
        for one, (begin, end) in temporaries.items()
        for other, (first, last) in temporaries.items()
    )


def test_memory_is_reused():
    graph = cr.trace(
        lambda x: [y := cr.cumsum(x), *[y := cr.cumsum(y * 2.0) for _ in range(30)]][-1],
        cr.spec(1000),
    )
    program = planned(graph)
    check(program)
    assert program.size < 6 * 1024 * 8
