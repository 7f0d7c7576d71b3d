"""Fusion: views are read as NumPy's reshaped arrays, and programs compute the same numbers."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.program import Buffer, Instruction, View
from chainrule.program.elementwise import built_in
from chainrule.program.fusion import MAX_PARTS, fuse, matrix_shapes, matrix_strides
from program.numpy_interpreter import run
from program.strided import Strided, entries, strided_views

EXAMPLES = settings(max_examples=300, derandomize=True, database=None, deadline=None)


@EXAMPLES
@given(strided_views())
def test_matrices_are_read_in_the_five_access_patterns(drawn: Strided):
    view, memory, array = drawn
    if not array.size:
        return
    for rows, columns in matrix_shapes(view.shape):
        strides = matrix_strides(view, rows, columns)
        if strides is not None:
            found = entries(View(view.buffer, (rows, columns), strides, view.offset), memory)
            np.testing.assert_array_equal(found, array.reshape(rows, columns))
            assert strides[1] in (0, 1)


def elementwise(name: str, out: View, *inputs: View) -> Instruction:
    return Instruction("elementwise", (out,), inputs, {"operation": built_in(name)})


ROWS = [slice(2), slice(1, 3), slice(2, 4), slice(1, None, -1), slice(None, None, 2)]
"""Pairs of rows, of four."""


@st.composite
def programs(draw: st.DrawFn) -> tuple[list[Instruction], list[Buffer]]:
    """Elementwise instructions on pairs of rows, and the buffers that they access."""
    arrays = [Buffer(name, 12).whole((4, 3)) for name in "abcd"[: draw(st.integers(2, 4))]]
    views = [array.at(rows) for array in arrays for rows in ROWS]
    repeated = [array.at(0).broadcast((2, 3)) for array in arrays]
    instructions: list[Instruction] = []
    for _ in range(draw(st.integers(2, 7))):
        name = draw(st.sampled_from(["sin", "cos", "add", "mul"]))
        out = draw(st.sampled_from(views))
        # of its own result, an instruction reads each entry before it writes the same one
        free = [view for view in [*views, *repeated] if view == out or not share(view, out)]
        count = 2 if name in ("add", "mul") else 1
        operands = [draw(st.sampled_from(free)) for _ in range(count)]
        instructions.append(elementwise(name, out, *operands))
    return instructions, [array.buffer for array in arrays]


def share(one: View, other: View) -> bool:
    """Whether two views have an entry in common."""
    places = (set(entries(v, np.arange(v.buffer.size)).flat) for v in (one, other))
    return one.buffer is other.buffer and bool(set.intersection(*places))


@settings(EXAMPLES, max_examples=200)
@given(programs(), st.integers(0, 15), st.booleans())
def test_fused_instructions_compute_the_same_numbers_in_tiles_of_any_size(drawn, needed, together):
    instructions, buffers = drawn
    live = {buffer for i, buffer in enumerate(buffers) if needed >> i & 1}
    rng = np.random.default_rng(0)
    memory = {buffer: rng.normal(size=buffer.size) for buffer in buffers}
    expected, fused = run(instructions, memory), fuse(instructions, live, together=together)
    assert {one.op for one in fused} == {"fused"}
    for by_entry in (False, True):
        found = run(fused, memory, by_entry=by_entry)
        for buffer in live:
            np.testing.assert_array_equal(found[buffer], expected[buffer])


def test_what_is_only_read_may_be_read_in_any_order():
    x, y, z = (Buffer(name, 12).whole((4, 3)) for name in "xyz")
    first, second = y.at(slice(2)), z.at(slice(2))
    program = [elementwise("sin", first, x.at(slice(2))),
               elementwise("add", second, first, x.at(slice(1, 3)))]  # fmt: skip
    (fused,) = fuse(program, {y.buffer, z.buffer})
    assert len(fused.micro) == 2


def test_together_instructions_are_fused_that_do_not_read_each_other():
    """With the last ones that they may follow, whatever comes between."""
    x, y, z, p, q = (Buffer(name, 9).whole((3, 3)) for name in "xyzpq")
    product = Instruction("gemm", (p,), (y, x))
    program = [
        elementwise("sin", y, x),
        product,
        elementwise("cos", z, p),
        elementwise("exp", q, y),
    ]
    live = {view.buffer for view in (y, z, p, q)}
    for together, counts in ((False, [2, 0, 1]), (True, [1, 0, 2])):
        assert [len(one.micro) for one in fuse(program, live, together=together)] == counts


def test_together_a_result_is_not_overwritten_too_early():
    x, y, z, p = (Buffer(name, 9).whole((3, 3)) for name in "xyzp")
    program = [elementwise("sin", y, x), Instruction("gemm", (p,), (x, y)),
               elementwise("cos", x, z), elementwise("exp", y, z)]  # fmt: skip
    fused = fuse(program, {view.buffer for view in (x, y, p)}, together=True)
    assert [len(one.micro) for one in fused] == [1, 0, 2]


def test_few_parts_of_a_buffer_are_compared_with_each_other():
    """Of parts that are written at once; one more is written by an instruction of its own."""
    count = MAX_PARTS + 2
    x, y, joined = Buffer("x", 3), Buffer("y", 3), Buffer("z", 3 * count).whole((count, 3))
    parts = [elementwise("sin", joined.at(i), y.whole((3,))) for i in range(count)]
    program = [elementwise("exp", y.whole((3,)), x.whole((3,))), *parts]
    fused = fuse(program, {joined.buffer})
    assert [len(one.micro) for one in fused] == [MAX_PARTS + 2, 1]
