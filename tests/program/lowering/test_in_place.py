"""Parts of a join are computed in their place, with the same numbers, where kernels can do so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.ops.registry import PRIMITIVES
from chainrule.program import Buffer, Instruction, TimeLoop, View
from chainrule.program.elementwise import built_in
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.in_place import write_in_place
from engine.comparison import agree
from program.numpy_interpreter import Memory, run
from program.strided import entries, strided_views

EXAMPLES = settings(max_examples=150, derandomize=True, database=None, deadline=None)
LENGTHS = st.lists(st.sampled_from([1, 2, 2, 3, 4]), max_size=3).map(tuple)


def in_place(instructions: Sequence[Instruction], output: Buffer | None = None) -> list[str]:
    """The opcodes of what is left of some instructions, all of which may be changed.

    The program they belong to has one output.
    """
    graph = cr.trace(lambda x: x, cr.spec(1))
    ctx = LoweringContext(graph, {graph.inputs[0]: output or Buffer("z", 1)}, np.dtype(float))
    ctx.instructions = list(instructions)
    write_in_place(ctx)
    instructions = ctx.instructions
    return [i.attributes["operation"].name if i.op == "elementwise" else i.op for i in instructions]


def test_inputs_and_outputs_of_the_graph_stay_in_place():
    """In the body of a loop they are temporaries that hold the carry."""
    given, result, wide = array("x", 2), array("y", 2), array("z", 4)
    graph = cr.trace(cr.exp, cr.spec(2))
    for views in ({graph.inputs[0]: given, graph.outputs[0]: result}, {graph.outputs[0]: result}):
        ctx = LoweringContext(graph, {}, np.dtype(float))
        ctx.views = {**views}
        copies = [part(wide.at(slice(2)), given), part(wide.at(slice(2, 4)), result)]
        ctx.instructions = [elementwise("exp", result, given), *copies]
        write_in_place(ctx)
        assert (copies[0] in ctx.instructions) == (graph.inputs[0] in views)
        assert copies[1] in ctx.instructions


def elementwise(name: str, out: View, *inputs: View) -> Instruction:
    return Instruction("elementwise", (out,), inputs, {"operation": built_in(name)})


def part(target: View, source: View) -> Instruction:
    settings = {"operation": built_in("copy"), "part": True}
    return Instruction("elementwise", (target,), (source,), settings)


def called(name: str, out: View, *inputs: View) -> Instruction:
    primitive = PRIMITIVES[name]
    return Instruction("call", (out,), inputs, {"parameters": {}}, primitive=primitive)


def array(name: str, *shape: int, group: str = "temporary") -> View:
    return Buffer(name, math.prod(shape), group=group).whole(shape)


def numbers(*views: View) -> Memory:
    """Random numbers in the buffers of some views."""
    rng = np.random.default_rng(0)
    return {view.buffer: rng.normal(size=view.buffer.size) for view in views}


@st.composite
def parts_of_arrays(draw: st.DrawFn, shape: tuple[int, ...]) -> View:
    """A view of this shape, without repeated entries, in a larger array."""
    order = draw(st.permutations(range(len(shape))))
    index: list[slice] = []
    lengths: list[int] = []
    for length in shape:
        first, step = draw(st.integers(0, 2)), draw(st.sampled_from([1, 1, 2]))
        end = first + (length - 1) * step + 1
        lengths.append(end + draw(st.integers(0, 2)))
        forwards = slice(first, end, step)
        backwards = slice(end - 1, first - 1 if first else None, -step)
        index.append(draw(st.sampled_from([forwards, forwards, backwards])))
    stored = array("target", *(lengths[i] for i in order))
    return stored.transpose(tuple(order.index(i) for i in range(len(shape)))).at(*index)


def places(view: View) -> np.ndarray:
    """The offsets of the entries in the buffer of a view."""
    return entries(view, np.arange(view.buffer.size))


def is_strided(at: np.ndarray) -> bool:
    """Whether offset and strides can describe where the entries of an array are stored."""
    predicted = np.full(at.shape, at[(0,) * at.ndim])
    for axis, length in enumerate(at.shape):
        if length > 1:
            along = at.take(1, axis).flat[0] - at.flat[0]
            steps = np.arange(length).reshape(-1, *(1,) * (at.ndim - axis - 1))
            predicted = predicted + along * steps
    return bool((predicted == at).all())


def moves(source: View, seen: View, target: View) -> bool:
    """Whether `target` is written in place of `source`, of which a call reads the view `seen`.

    The program computes the same numbers after that.
    """
    x, y = array("x", *source.shape), array("y", *seen.shape)
    instructions = [elementwise("exp", source, x), called("sin", y, seen), part(target, source)]
    before = run(instructions, numbers(x))
    left = in_place(instructions)
    after = run(instructions[: len(left)], numbers(x))
    for view in (y, target):
        np.testing.assert_array_equal(
            entries(view, before[view.buffer]), entries(view, after[view.buffer])
        )
    return left == ["exp", "call"]


def test_a_row_of_a_part_is_read_in_its_place_whatever_the_stride_of_an_axis_of_length_1():
    source, target = array("t", 3, 3), array("o", 6, 6).at(slice(1, 4), slice(2, 5))
    assert moves(source, View(source.buffer, (1, 2), (4, 1), 3), target)
    scalar, target = array("t"), array("o", 5).at(2)
    assert moves(scalar, View(scalar.buffer, (1,), (1,)), target)
    assert moves(scalar, View(scalar.buffer, (0, 3), (3, 1)), target)


@pytest.mark.parametrize(
    ("shape", "strides", "offset", "moved"),
    [
        ((2, 2), (3, 1), 0, True),
        ((2,), (4,), 0, False),  # a diagonal
        ((3,), (1,), 2, False),  # the end of a row and the beginning of the next
        ((3,), (-1,), 3, False),
        ((3,), (-1,), 5, True),
        ((2, 2), (1, 1), 3, True),  # windows of a row
        ((2, 3), (1, 1), 0, False),
        ((2, 2), (1, -1), 3, False),  # windows backwards, of which one begins in the row before
        ((2, 2), (1, -1), 2, False),
        ((2, 2), (1, -1), 1, True),
    ],
)
def test_which_views_of_a_matrix_are_read_in_its_place(shape, strides, offset, moved):
    source, target = array("t", 2, 3), array("o", 5, 7).at(slice(1, 3), slice(2, 5))
    assert moves(source, View(source.buffer, shape, strides, offset), target) == moved


@pytest.mark.parametrize("shape", [(6,), (3, 2), (1, 2, 3)])
def test_a_whole_part_is_read_in_another_shape_if_it_is_contiguous(shape):
    source = array("t", 2, 3)
    seen = source.buffer.whole(shape)
    assert moves(source, seen, array("o", 5, 3).at(slice(1, 3)))
    assert moves(source, seen, array("o", 2, 5).at(..., slice(3))) == (shape == (1, 2, 3))


def test_only_copies_of_whole_temporaries_to_parts_are_dropped():
    x, y, o = array("x", 3), array("y", 3), array("o", 9)
    t, wide = array("t", 3), array("w", 4)
    given_, first = array("x", 3, group="input"), slice(3)
    for source, instructions, output in (
        (t, [part(o.at(first), t)], t.buffer),  # an output
        (given_, [part(o.at(first), given_)], None),
        (wide.at(first), [part(o.at(first), wide.at(first))], None),
        (t, [elementwise("copy", o.at(first), t)], None),  # what else is written there?
        (t, [called("sin", y, t), elementwise("copy", o.at(first), t)], None),
    ):
        every = [elementwise("exp", source, x), *instructions]
        assert in_place(every, output) == ["exp", *("call",) * (len(every) - 2), "copy"]
        assert every[0].outputs == (source,)
    assert in_place([elementwise("exp", t, x), part(o.at(first), t)]) == ["exp"]


def test_parts_of_parts_are_written_where_the_last_one_is():
    x, t, u, o = array("x", 3), array("t", 3), array("u", 2, 3), array("o", 4, 3)
    write = elementwise("exp", t, x)
    other = elementwise("sin", u.at(1), x)
    left = in_place([write, other, part(u.at(0), t), part(o.at(slice(1, 3)), u)])
    assert left == ["exp", "sin"]
    assert write.outputs == (o.at(1),)
    assert other.outputs == (o.at(2),)


def test_a_part_of_two_joins_is_computed_in_one_of_them():
    """The last join, of a single part, is itself a part of another one, which is written before."""
    x, t, u, o = array("x", 3), array("t", 3), array("u", 3), array("o", 6)
    instructions = [
        elementwise("exp", t, x),
        part(o.at(slice(3, 6)), t),
        part(u, t),
        elementwise("sin", y := array("y", 3), u),
    ]
    before = run(instructions, numbers(x))
    program = [*instructions]
    assert in_place(program) == ["exp", "sin"]
    after = run([instructions[0], instructions[3]], numbers(x))
    for view in (o.at(slice(3, 6)), y):
        np.testing.assert_array_equal(
            entries(view, before[view.buffer]), entries(view, after[view.buffer])
        )


def test_what_is_read_next_to_a_part_stays_where_it_is():
    x, t, o = array("x", 2, 3), array("t", 2, 3), array("o", 2, 6)
    write = elementwise("add", t, x, x.at(0).broadcast((2, 3)))
    read = elementwise("mul", y := array("y", 2, 3), t, x)
    assert in_place([write, read, part(o.at(..., slice(3)), t)]) == ["add", "mul"]
    place = o.at(..., slice(3))
    assert (write.outputs, write.inputs) == ((place,), (x, x.at(0).broadcast((2, 3))))
    assert (read.outputs, read.inputs) == ((y,), (place, x))


def test_of_several_users_either_all_follow_or_none():
    """A kernel that can read the part, and a diagonal that none can read there."""
    x, t, o = array("x", 3, 3), array("t", 3, 3), array("o", 3, 6)
    write = elementwise("exp", t, x)
    easy = called("sin", array("y", 3, 3), t)
    hard = called("sin", array("z", 3), View(t.buffer, (3,), (4,)))
    for users in ([easy, hard], [hard, easy]):
        copy = part(o.at(..., slice(3)), t)
        assert in_place([write, *users, copy]) == ["exp", "call", "call", "copy"]
        assert (write.outputs, easy.inputs) == ((t,), (t,))
    two = called("sin", array("z", 3), View(t.buffer, (3,), (4,)), x)
    assert in_place([write, two, part(o.at(..., slice(3)), t)]) == ["exp", "call", "copy"]
    assert two.inputs[0].buffer is t.buffer
    both = Instruction("call", (t, View(t.buffer, (3,), (4,))), (x,))
    assert in_place([both, part(o.at(..., slice(3)), t)]) == ["call", "copy"]


def test_what_a_loop_reads_is_copied():
    x, t, o = array("x", 3), array("t", 3), array("o", 6)
    begin, end = Instruction("loop", (), (t,)), Instruction("loop_end", (), (t,))
    begin.loop = TimeLoop(cr.trace(cr.exp, cr.spec(1)), 2, False, begin, end)
    left = in_place([elementwise("exp", t, x), begin, part(o.at(slice(3)), t)])
    assert left == ["exp", "loop", "copy"]


WIDE = array("o", 4, 10)
COLUMNS, ROWS = WIDE.at(..., slice(2, 5)), WIDE.at(slice(1, 3))
SEVEN = array("a", 3, 3, 3, 3, 3, 3, 3)


@pytest.mark.parametrize(
    ("op", "out", "inputs", "possible"),
    [
        ("sum", ROWS, (array("x", 4),), True),
        ("sum", COLUMNS, (array("x", 4),), False),
        ("call", COLUMNS, (array("x", 4),), True),
        ("gemm", COLUMNS, (array("x", 4, 2), array("w", 2, 3)), True),
        ("gemm", WIDE.at(..., slice(0, 6, 2)), (array("x", 4, 2), array("w", 2, 3)), False),
        ("gemm", WIDE.at(slice(3)).transpose((1, 0)), (array("x", 10, 2), array("w", 2, 3)), False),
        (
            "gemm_stack",
            array("o", 2, 4, 9).at(..., slice(3)),
            (array("x", 2, 4, 2), array("w", 2, 2, 3)),
            True,
        ),
        (
            "gemm_stack",
            array("o", 2, 4, 3, 2).at(..., 0),
            (array("x", 2, 4, 2), array("w", 2, 2, 3)),
            False,
        ),
        ("elementwise", WIDE.at(..., slice(0, 6, 2)), (array("x", 4, 3),), True),
        ("elementwise", SEVEN.at(..., *[slice(2)] * 6), (array("x", 3, *[2] * 6),), False),
        ("elementwise", SEVEN.at(0, ..., *[slice(2)] * 6), (array("x", *[2] * 6),), True),
        ("copy_items", SEVEN.at(..., *[slice(2)] * 6), (array("x", 3, *[2] * 6),), False),
        ("copy_items", SEVEN.at(0, ..., *[slice(2)] * 6), (array("x", *[2] * 6),), True),
    ],
)
def test_which_kernels_write_to_a_part(op, out, inputs, possible):
    source = array("t", *out.shape)
    writer = Instruction(op, (source,), inputs, {"operation": built_in("exp")})
    in_place([writer, part(out, source)])
    assert writer.outputs == ((out,) if possible else (source,))


@pytest.mark.parametrize(
    ("op", "seen", "others", "possible"),
    [
        ("sum", ROWS, (), True),
        ("sum", COLUMNS, (), False),
        ("gemm", COLUMNS, (array("w", 3, 2),), True),
        ("gemm", WIDE.at(slice(3)).transpose((1, 0)), (array("w", 3, 2),), True),
        ("gemm", WIDE.at(..., slice(0, 6, 2)), (array("w", 3, 2),), False),
    ],
)
def test_which_kernels_read_a_part(op, seen, others, possible):
    source, out = array("t", *seen.shape), array("y", *(seen.shape[0], 2)[: 1 + len(others)])
    reader = Instruction(op, (out,), (source, *others))
    in_place([reader, part(seen, source)])
    assert reader.inputs[0] == (seen if possible else source)


ARRAYS = [np.random.default_rng(0).normal(size=shape) for shape in ((4, 5), (5, 4), (4, 5))]


@pytest.mark.parametrize(
    "function",
    [
        lambda x, w, y: cr.concatenate([x @ w, y], 1),
        lambda x, w, y: cr.stack([x @ w, y @ w], -1),
        lambda x, w, y: cr.stack([cr.transpose(x @ w), y @ w], 1) @ w.T,
        lambda x, w, y: cr.concatenate([cr.softmax(x), y], 1),
        lambda x, w, y: cr.concatenate([cr.cumsum(x, 1), cr.exp(y)]),
    ],
)
def test_kernels_write_and_read_parts(function: Any):
    agree(cr.trace(function, *ARRAYS), ARRAYS)


@EXAMPLES
@given(st.data())
def test_what_basic_indexing_selects_of_a_part_is_read_in_its_place(data):
    shape = data.draw(LENGTHS)
    drawn = data.draw(strided_views(shape, reshaped=False))
    source = replace(drawn.view, shape=shape, strides=array("t", *shape).strides, offset=0)
    assert moves(source, drawn.view, data.draw(parts_of_arrays(shape)))


@EXAMPLES
@given(st.data())
def test_other_views_of_a_part_are_read_in_its_place_if_strides_can_describe_them(data):
    shape = data.draw(LENGTHS)
    drawn = data.draw(strided_views(shape))
    source = replace(drawn.view, shape=shape, strides=array("t", *shape).strides, offset=0)
    target = data.draw(parts_of_arrays(shape))
    moved = moves(source, drawn.view, target)
    if drawn.view.size:
        possible = is_strided(places(target).reshape(-1)[places(drawn.view)])
        assert moved <= possible
        assert not drawn.view.covers_buffer or moved == possible
