"""Temporaries share memory, but not while both are needed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.program import Buffer, Instruction
from chainrule.program.memory import ALIGN, assign_offsets
from engine.comparison import planned
from program.checker import check

EXAMPLES = settings(max_examples=300, derandomize=True, database=None, deadline=None)


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


def test_memory_is_reused():
    graph = cr.trace(
        lambda x: [y := cr.cumsum(x), *[y := cr.cumsum(y * 2.0) for _ in range(30)]][-1],
        cr.spec(1000),
    )
    program = planned(graph)
    check(program)
    assert program.floats < 6 * 1024
