"""Temporaries share memory, but not while both are needed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.program import Buffer, Instruction
from chainrule.program.intervals import Intervals
from chainrule.program.memory import ALIGN, aligned, assign_offsets
from engine.comparison import planned
from program.checker import check

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
        st.tuples(st.integers(0, 50), st.integers(0, 11), st.integers(0, 11), st.booleans()),
        max_size=20,
    )
)
def test_buffers_that_are_live_together_do_not_overlap(drawn):
    buffers = [
        (Buffer(f"t{i}", size, "int" if integer else "float"), min(a, b), max(a, b))
        for i, (size, a, b, integer) in enumerate(drawn)
    ]
    instructions = [
        Instruction(
            "copy",
            tuple(b.whole((b.size,)) for b, first, _ in buffers if first == index),
            tuple(b.whole((b.size,)) for b, first, last in buffers if first < index <= last),
        )
        for index in range(12)
    ]
    start = {"float": 32, "int": 16}
    end = assign_offsets(instructions, start)
    for i, (one, first, last) in enumerate(buffers):
        assert start[one.kind] <= one.offset
        assert one.offset + one.size <= end[one.kind]
        assert one.offset % ALIGN == 0
        for other, begins, ends in buffers[:i]:
            live_together = begins <= last and first <= ends and one.kind == other.kind
            disjoint = (
                one.offset + one.size <= other.offset or other.offset + other.size <= one.offset
            )
            assert disjoint or not live_together or not one.size or not other.size


@settings(EXAMPLES, max_examples=100)
@given(
    st.lists(
        st.tuples(st.integers(0, 70), st.integers(0, 11), st.integers(0, 11), st.booleans()),
        max_size=16,
    )
)
def test_the_largest_come_first_each_at_the_lowest_offset_free(drawn):
    """Compared with a search of every offset."""
    buffers = [
        (Buffer(f"t{i}", size, "int" if integer else "float"), min(a, b), max(a, b))
        for i, (size, a, b, integer) in enumerate(drawn)
    ]
    instructions = [
        Instruction("copy", (), tuple(b.whole((b.size,)) for b, *ends in buffers if at in ends))
        for at in range(12)
    ]
    start = {"float": 32, "int": 16}
    assign_offsets(instructions, start)
    placed: list[tuple[Buffer, int, int]] = []
    for buffer, first, last in sorted(buffers, key=lambda drawn: (-drawn[0].size, *drawn[1:])):
        taken = {
            offset
            for other, begins, ends in placed
            if other.kind == buffer.kind and begins <= last and first <= ends
            for offset in range(other.offset, other.offset + aligned(other.size))
        }
        lowest = next(
            offset
            for offset in range(start[buffer.kind], 10_000, ALIGN)  # where buffers may begin
            if taken.isdisjoint(range(offset, offset + aligned(buffer.size)))
        )
        assert buffer.offset == lowest
        placed.append((buffer, first, last))


def test_memory_is_reused():
    graph = cr.trace(
        lambda x: [y := cr.cumsum(x), *[y := cr.cumsum(y * 2.0) for _ in range(30)]][-1],
        cr.spec(1000),
    )
    program = planned(graph)
    check(program)
    assert program.floats < 6 * 1024
