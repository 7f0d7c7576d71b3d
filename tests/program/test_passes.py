"""What the passes make of small programs: which instructions become one, and which must not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.program import Buffer, Instruction, Register, View
from chainrule.program.elementwise import built_in
from chainrule.program.epilogue import fuse_epilogues
from chainrule.program.fusion import fuse, matrix_shapes, matrix_strides
from engine.comparison import agree, planned
from program.checker import check


def instructions(function: Any, *shapes: tuple[int, ...]) -> list[str]:
    """The instructions of a program, whose results are compared with the reference."""
    rng = np.random.default_rng(0)
    args = [rng.normal(size=shape) for shape in shapes]
    graph = cr.trace(function, *args)
    check(planned(graph))
    program = agree(graph, args)
    return [
        f"{i.op} {i.attributes['rows']}×{i.attributes['columns']}" if i.op == "fused" else i.op
        for i in program.instructions
    ]


@pytest.mark.parametrize(
    ("function", "shapes", "expected"),
    [
        # a group read as a single row is read as a matrix once a member needs it
        (lambda x, b: cr.exp(x) * b, [(6, 4), (4,)], ["fused 6×4"]),
        (lambda x, b: cr.exp(x) * b, [(2, 4), (4,)], ["fused 2×4"]),
        (lambda x, b: cr.sin(cr.exp(x) * b), [(6, 4), (6, 1)], ["fused 6×4"]),
        (lambda x, b, c: x * b * c, [(3, 2, 4), (4,), (2, 4)], ["fused 6×4", "fused 3×8"]),
        (lambda x, b, c: cr.exp(x * b) * c, [(3, 2, 4), (2, 4), (4,)], ["fused 3×8", "fused 6×4"]),
        # one entry, one row and one column
        (lambda x, y: x * y + 1.0, [(1, 1), (1,)], ["fused 1×1"]),
        (lambda x, y: cr.exp(x) * y, [(1, 5), (5,)], ["fused 1×5"]),
        (lambda x, y: cr.exp(x) * y, [(5, 1), (5, 1)], ["fused 1×5"]),
        (lambda x, y: cr.exp(x) * y, [(5, 1), (1, 1)], ["fused 1×5"]),
        (lambda x: [cr.exp(x), cr.sin(cr.exp(x))], [(1, 1)], ["fused 1×1"]),
        # no access pattern fits: an instruction by itself, which others must not overtake
        (
            lambda x, y: cr.exp(x) * (y + cr.transpose(y)),
            [(4, 4), (4, 4)],
            ["fused 1×16", "elementwise", "fused 1×16"],
        ),
        (
            lambda x, y: cr.sin(cr.transpose(x) + x) * cr.exp(y),
            [(4, 4), (4, 4)],
            ["elementwise", "fused 1×16", "fused 1×16"],
        ),
        # an operand that is computed later keeps an instruction from joining
        (
            lambda x: (lambda y: y * cr.sum(y, axis=0))(cr.exp(x)),
            [(6, 4)],
            ["fused 1×24", "sum", "fused 6×4"],
        ),
        # results that several instructions read, or that are of another size
        (lambda x: [cr.exp(x), cr.sin(cr.exp(x))], [(5,)], ["fused 1×5"]),
        (lambda x: cr.exp(x[0]) * x, [(1, 5)], None),
        (lambda x, y: cr.exp(x) * y, [(1, 4), (6, 4)], ["fused 1×4", "fused 6×4"]),
        (lambda x, y: [cr.exp(x), cr.exp(y)], [(5,), (5,)], ["fused 1×5", "fused 1×5"]),
        # only a product has an epilogue
        (lambda x: cr.relu(cr.max(x, axis=0)), [(5, 4)], ["max", "fused 1×4"]),
        (lambda x, b: cr.relu(cr.max(x, axis=0) + b), [(5, 4), (4,)], ["max", "fused 1×4"]),
        (lambda x, w: [cr.relu(x @ w), x @ w], [(5, 3), (3, 4)], ["gemm", "fused 1×20"]),
        (lambda x, w: cr.relu(x @ w) * cr.exp(x @ w), [(5, 3), (3, 4)], None),
        (
            lambda x, w: (lambda y: [cr.sin(cr.relu(y + 1.0))])(x @ w),
            [(5, 3), (3, 4)],
            ["gemm", "fused 1×20"],
        ),
        (lambda x, w: x @ w + x @ w, [(1, 3), (3, 4)], ["gemm", "fused 1×4"]),
        (
            lambda x, w, b: (lambda y: cr.relu(y + b) * y)(x @ w),
            [(5, 3), (3, 4), (4,)],
            ["gemm", "fused 5×4"],
        ),
        (
            lambda x, w, b: (lambda y: [y + b, cr.relu(y + b)])(x @ w),
            [(5, 3), (3, 4), (4,)],
            ["gemm", "fused 5×4"],
        ),
        # the bias is a product, or has an epilogue that comes too late
        (
            lambda x, w, b: x @ w + cr.relu(b @ w),
            [(5, 3), (3, 4), (1, 3)],
            ["gemm", "gemm", "fused 5×4"],
        ),
        # products that are parts of one buffer, of which one part is read
        (
            lambda x, y, w: cr.relu(cr.concatenate([x @ w, y @ w])[:4]),
            [(4, 3), (4, 3), (3, 5)],
            ["gemm", "gemm"],
        ),
        (
            lambda x, y, w: cr.relu(cr.concatenate([x @ w, y @ w])[4:]),
            [(4, 3), (4, 3), (3, 5)],
            ["gemm", "gemm"],
        ),
        # as large as the product and beginning where it does, but with other entries
        (
            lambda x, y, w: cr.relu(cr.concatenate([x @ w, y @ w], 1)[0]),
            [(2, 3), (2, 3), (3, 2)],
            ["gemm", "gemm", "fused 1×4"],
        ),
        (
            lambda x, y, w: cr.relu(cr.concatenate([x @ w, y @ w])[::2]),
            [(2, 3), (2, 3), (3, 4)],
            ["gemm", "gemm", "fused 2×4"],
        ),
        # the result of an epilogue is a part of a buffer, of which others may be written before
        (
            lambda x, y, w: cr.concatenate([cr.relu(x @ w), y]),
            [(5, 3), (2, 4), (3, 4)],
            ["gemm", "fused 1×8"],
        ),
        (
            lambda x, y, w: (lambda p: cr.concatenate([cr.exp(y), cr.relu(p)]))(x @ w),
            [(5, 3), (2, 4), (3, 4)],
            ["gemm", "fused 1×8", "fused 1×20"],
        ),
        (
            lambda x, y, w: cr.concatenate([cr.relu(x @ w), y], 1),
            [(5, 3), (5, 2), (3, 4)],
            ["gemm", "fused 5×4", "fused 5×2"],
        ),
        # rows in another order, or other parts of a buffer, are not in the same tiles
        (lambda x: cr.sin(cr.exp(x)[::-1]), [(6, 4)], ["fused 1×24", "fused 6×4"]),
        (lambda x: cr.sin(cr.exp(x)[1:]) + x[1:], [(6, 4)], ["fused 1×24", "fused 1×20"]),
        (
            lambda x: (lambda y: cr.concatenate([y, cr.sin(y)]))(cr.exp(x)),
            [(6, 4)],
            ["fused 1×24"],
        ),
        (
            lambda x, y, w: cr.relu(cr.concatenate([x @ w, y @ w])),
            [(4, 3), (4, 3), (3, 5)],
            ["gemm", "gemm", "fused 1×40"],
        ),
        # parts of a buffer do not join because they are in the same one
        (
            lambda x, y: cr.concatenate([cr.exp(x), cr.sin(y)]),
            [(5, 4), (5, 4)],
            ["fused 1×20", "fused 1×20"],
        ),
        # no access pattern fits the result
        (
            lambda x, y: cr.stack([cr.exp(x), cr.sin(y)], -1),
            [(5,), (5,)],
            ["elementwise", "elementwise"],
        ),
        # a column of a wider matrix cannot be read as a single row
        (lambda x, y: cr.exp(y) * x[:, :1], [(5, 4), (5, 1)], ["fused 5×1"]),
        # a bias for each entry of a product of one row, and of several; and one for each column
        # of the product in another shape
        (lambda x, w, b: cr.reshape(x @ w, (3, 4)) + b, [(1, 3), (3, 12), (3, 4)], ["gemm"]),
        (lambda x, w, b: x @ w + b, [(5, 3), (3, 4), (5, 4)], ["gemm", "fused 1×20"]),
        (
            lambda x, w, b: cr.reshape(x @ w, (2, 6)) + b,
            [(4, 3), (3, 3), (6,)],
            ["gemm", "fused 2×6"],
        ),
        (lambda x, w, b: cr.reshape(x @ w, (2, 3, 4)) + b, [(6, 3), (3, 4), (4,)], ["gemm"]),
        (
            lambda x, w, b: cr.reshape(x @ w, (2, 3, 4)) + b,
            [(6, 3), (3, 4), (3, 4)],
            ["gemm", "fused 2×12"],
        ),
        # a gate for each column, or one that is the product
        (
            lambda x, w, g: cr.where(cr.greater(g, 0.0), x @ w, 0.0),
            [(5, 3), (3, 4), (4,)],
            ["gemm", "fused 5×4"],
        ),
        (
            lambda x, w, g: cr.where(cr.greater(x @ w, 0.0), g, 0.0),
            [(5, 3), (3, 4), (5, 4)],
            ["gemm", "fused 1×20"],
        ),
        (
            lambda x, w, b: (lambda y: y + cr.exp(b))(x @ w),
            [(5, 3), (3, 4), (4,)],
            None,
        ),
    ],
)
def test_which_instructions_become_one(function, shapes, expected):
    found = instructions(function, *shapes)
    if expected is not None:
        assert found == expected


def elementwise(name: str, out: View, *inputs: View) -> Instruction:
    return Instruction("elementwise", (out,), inputs, {"operation": built_in(name)})


def views(*names: str, size: int = 4) -> list[View]:
    return [Buffer(name, size).whole((size,)) for name in names]


def test_a_result_that_is_overwritten_is_read_before():
    """Of instructions on x and y, the last of which overwrites x."""
    x, y, z = views("x", "y", "z")
    fused = fuse(
        [
            elementwise("exp", y, x),
            Instruction("sum", (z,), (x,)),
            elementwise("sin", x, y),  # not before the sum, which reads what was there
        ],
        {x.buffer, y.buffer, z.buffer},
    )
    assert [i.op for i in fused] == ["fused", "sum", "fused"]
    assert [micro.op for micro in fused[2].micro] == ["sin"]


def test_a_result_that_is_written_twice_is_written_in_order():
    x, y, z = views("x", "y", "z")
    fused = fuse(
        [
            elementwise("exp", y, x),
            Instruction("softmax", (z,), (x,)),
            elementwise("sin", z, y),
        ],
        {y.buffer, z.buffer},
    )
    assert [i.op for i in fused] == ["fused", "softmax", "fused"]


def test_an_operand_may_be_overwritten_in_the_instruction_that_reads_it():
    x, y = views("x", "y")
    (fused,) = fuse([elementwise("exp", y, x), elementwise("sin", x, y)], {x.buffer, y.buffer})
    assert [micro.op for micro in fused.micro] == ["exp", "sin"]


def test_the_last_reader_of_what_is_overwritten_may_come_before_another_in_the_program():
    """The addition joins the first instruction, and the sum still reads x after both."""
    x, y, z, total = views("x", "y", "z", "total")
    fused = fuse(
        [
            elementwise("exp", y, x),
            Instruction("sum", (total,), (x,)),
            elementwise("add", z, y, x),
            elementwise("sin", x, z),
        ],
        {x.buffer, total.buffer},
    )
    assert [i.op for i in fused] == ["fused", "sum", "fused"]
    assert [micro.op for micro in fused[0].micro] == ["exp", "add"]


def test_what_no_other_instruction_needs_stays_in_a_register():
    x, y, z, total = views("x", "y", "z", "total")
    program = [elementwise("exp", y, x), elementwise("sin", z, y)]
    for more, live, stored in (
        ([], {z.buffer}, {z.buffer}),
        ([], {y.buffer, z.buffer}, {y.buffer, z.buffer}),
        ([Instruction("sum", (total,), (y,))], {z.buffer, total.buffer}, {y.buffer, z.buffer}),
        ([Instruction("sum", (total,), (z,))], {total.buffer}, {z.buffer}),
    ):
        fused, *_ = fuse([*program, *more], live)
        assert {view.buffer for view in fused.outputs} == stored
        assert fused.inputs == (x,)
        registers = [m.out for m in fused.micro if isinstance(m.out, Register)]
        assert registers == [Register(i) for i in range(2 - len(stored))]
        assert fused.attributes["registers"] == len(registers)


def test_a_product_keeps_what_is_needed_after_the_last_instruction():
    a, b = Buffer("a", 6).whole((2, 3)), Buffer("b", 12).whole((3, 4))
    product, out = Buffer("p", 8).whole((2, 4)), Buffer("o", 8).whole((2, 4))
    program = fuse(
        [Instruction("gemm", (product,), (a, b)), elementwise("relu", out, product)],
        {product.buffer, out.buffer},
    )
    assert len(fuse_epilogues(program, {product.buffer, out.buffer})) == 2
    (alone,) = fuse_epilogues(
        fuse([Instruction("gemm", (product,), (a, b)), elementwise("relu", out, product)],
             {out.buffer}),
        {out.buffer},
    )  # fmt: skip
    assert (alone.op, alone.outputs[0].buffer, alone.inputs) == ("gemm", out.buffer, (a, b))


def test_an_epilogue_keeps_its_place_among_the_writes_to_its_result():
    """Of instructions that both write o, the last of which could be an epilogue."""
    a, b = Buffer("a", 6).whole((2, 3)), Buffer("b", 12).whole((3, 4))
    p, x, o = (Buffer(name, 8).whole((2, 4)) for name in "pxo")
    product, other = Instruction("gemm", (p,), (a, b)), Instruction("softmax", (o,), (x,))
    for program, ops in (
        ([product, other], ["gemm", "softmax", "fused"]),
        ([other, product], ["softmax", "gemm"]),
    ):
        live = {o.buffer}
        fused = fuse_epilogues(fuse([*program, elementwise("relu", o, p)], live), live)
        assert [i.op for i in fused] == ops


def test_an_instruction_of_another_size_does_not_join():
    """It reads another part of the buffer that the group writes."""
    x, z, y = Buffer("x", 10), Buffer("z", 6), Buffer("y", 6)
    a = Buffer("a", 4).whole((4,))
    start, rest = View(x, (4,), (1,)), View(x, (2, 3), (3, 1), 4)
    fused = fuse(
        [
            Instruction("softmax", (rest,), (z.whole((2, 3)),)),
            elementwise("exp", start, a),
            elementwise("sin", y.whole((2, 3)), rest),
        ],
        {x, y},
    )
    assert [i.op for i in fused] == ["softmax", "fused", "fused"]


def test_an_epilogue_reads_its_operands_and_computes_its_nodes():
    x, w, b = cr.spec((5, 3)), cr.spec((3, 4)), cr.spec(4)
    program = planned(cr.trace(lambda x, w, b: cr.relu(x @ w + b), x, w, b))
    (product,) = program.instructions
    assert [view.buffer for view in product.inputs] == list(program.inputs)
    assert [node.kind for node in product.nodes] == ["matmul", "add", "relu"]


@pytest.mark.parametrize("shape", [(1, 6), (6, 1), (2, 3), (6,), (1, 1)])
def test_a_whole_buffer_is_read_entry_by_entry(shape):
    view = Buffer("x", int(np.prod(shape))).whole(shape)
    for rows, columns in matrix_shapes(shape):
        assert matrix_strides(view, rows, columns) == (columns, 1)


def test_an_output_in_another_order_is_copied_to_its_destination():
    graph = cr.trace(lambda x: cr.transpose(cr.exp(x)), cr.spec((2, 3)))
    program = agree(graph, [np.arange(6.0).reshape(2, 3)])
    assert [i.op for i in program.instructions] == ["fused", "elementwise"]


@pytest.mark.parametrize(
    ("shape", "strides", "expected"),
    [
        ((2, 3), (3, 1), (3, 1)),  # all entries
        ((2, 3), (5, 1), (5, 1)),  # rows of a wider matrix
        ((2, 3), (0, 1), (0, 1)),  # one row
        ((2, 3), (4, 0), (4, 0)),  # one column
        ((2, 3), (0, 0), (0, 0)),  # one entry
        ((2, 3), (3, 2), None),
        ((2, 3), (1, 2), None),
        # a single row, or a single column
        ((1, 3), (7, 1), (3, 1)),
        ((1, 3), (7, 0), (0, 0)),
        ((1, 3), (7, 2), None),
        ((3, 1), (1, 7), (1, 1)),
        ((3, 1), (5, 7), (5, 1)),
        ((3, 1), (0, 7), (0, 0)),
        # a single entry is no repeated one
        ((1, 1), (7, 7), (1, 1)),
    ],
)
def test_the_access_pattern_of_a_matrix(shape, strides, expected):
    assert matrix_strides(View(Buffer("x", 40), shape, strides), *shape) == expected
