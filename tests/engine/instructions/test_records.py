"""Every instruction is described in one file of `engine/instructions`."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import chainrule
import chainrule as cr
from chainrule.engine import Runner
from chainrule.engine.instructions import COMMON_FIELDS, OPCODES, RECORDS, record_of, strided
from chainrule.engine.kernels import strided_copy
from chainrule.program import elementwise, view
from engine.comparison import agree, planned
from engine.test_index_graphs import run_with_threads
from program.checker import check

PACKAGE = Path(chainrule.__file__).parent
FILES = [file for folder in ("engine", "program") for file in (PACKAGE / folder).rglob("*.py")]

KNOWN = {
    # what lowering, fusion and epilogues build or look for
    **dict.fromkeys(("fused", "sum", "mean"), 7),
    "elementwise": 8,
    # and passes over the bodies of loops
    "gemm": 9,
    **dict.fromkeys(("max", "min", "prod", "native"), 4),
    **dict.fromkeys(("gemm_stack", "copy_items"), 3),
    # rules of the program emit them
    **dict.fromkeys(("gather_rows", "add_rows"), 2),
    **dict.fromkeys(("convolution", "convolution_input", "convolution_weight"), 2),
    **dict.fromkeys(("window_max", "window_max_gradient"), 2),
    # the rule of a pool's gradient knows the primitive, too
    "astype": 3,
    # their difference is a result of the logarithmic loss
    **dict.fromkeys(("softmax", "one_hot"), 2),
    # a scan is lowered to several instructions, in a file of its own
    **dict.fromkeys(("loop", "loop_end", "carry"), 2),
    # and a pass drops copies that are not needed
    **dict.fromkeys(("load_step", "store_step"), 3),
}
"""The most files that name an opcode, where that is not only its own."""


def files_with(op: str) -> list[str]:
    """The files of engine and program in which an opcode occurs as a string."""
    pattern = re.compile(rf'"{op}"')
    found = [file for file in FILES if pattern.search(file.read_text(encoding="utf-8"))]
    return [file.relative_to(PACKAGE).as_posix() for file in found]


@pytest.mark.parametrize("op", sorted(OPCODES))
def test_an_opcode_is_known_in_few_files(op):
    files = files_with(op)
    assert any(file.startswith("engine/instructions/") for file in files)
    assert len(files) <= KNOWN.get(op, 1), files


def test_the_fields_of_a_record_are_distinct():
    for record in RECORDS:
        assert len(set(record.fields)) == len(record.fields)
        assert not set(record.fields) & set(COMMON_FIELDS)


def test_a_row_holds_its_fields_by_name():
    program = planned(cr.trace(lambda x, w: x @ w, cr.spec((3, 4)), cr.spec((4, 5))))
    (row,) = Runner(program).code.table
    record, x = record_of("gemm"), program.inputs[0]
    values = {name: int(row[record.column(name)]) for name in record.fields}
    assert (values["m"], values["n"], values["k"]) == (3, 5, 4)
    assert (values["left"], values["bias"]) == (x.start, -1)
    assert row[0] == OPCODES["gemm"]


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
@pytest.mark.parametrize("shape", [(7,), (3, 5), (2, 3, 4), (40, 33), (1, 5)], ids=str)
def test_running_sums_along_every_axis(shape, dtype):
    x = np.random.default_rng(0).normal(size=shape).astype(dtype)

    def function(x: cr.Tensor) -> list[cr.Tensor]:
        along = [cr.cumsum(cr.exp(x), axis) for axis in range(len(shape))]
        return [*along, cr.cumsum(cr.transpose(x), 0), cr.cumsum(x)]

    program = agree(cr.trace(function, x), [x], dtype)
    check(program)
    assert Runner(program).compiled


INTEGERS = [np.dtype(f"{kind}{size}") for kind in "iu" for size in (1, 2, 4, 8)]


@pytest.mark.parametrize("floats", [np.float64, np.float32], ids=["f64", "f32"])
@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_integers_become_floats_without_a_call(dtype, floats):
    """Bytes of an image, or tokens: as narrow in the arena as they are given."""
    rng, info = np.random.default_rng(0), np.iinfo(dtype)
    images, w = rng.integers(0, 100, (5, 4)).astype(dtype), rng.normal(size=(4, 3)).astype(floats)
    images[0, :2] = info.min, info.max

    def function(images: cr.Tensor, w: cr.Tensor) -> list[cr.Tensor]:
        transposed = (images.T.astype(floats) / floats(255.0)).T
        return [images.astype(floats), transposed[1:] @ w, images[::2, 1:]]

    program = agree(cr.trace(function, images, w), [images, w], floats, scale=1.0)
    check(program)
    assert program.inputs[0].dtype == dtype
    stored = {i.inputs[0].buffer.dtype for i in program.instructions if i.op == "astype"}
    assert stored == {dtype}
    assert Runner(program).compiled


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_what_indexes_is_converted_when_it_is_written(dtype):
    """Kernels take labels as int64; the listing says so."""
    labels, x = np.array([2, 0, 1], dtype), np.random.default_rng(0).normal(size=(3, 4))
    graph = cr.trace(lambda n, x: [cr.one_hot(n, 4), cr.log_loss(x, n)], labels, x)
    program = agree(graph, [labels, x])
    check(program)
    assert program.inputs[0].dtype == np.int64
    assert "astype" not in str(program)
    assert (f"stored as int64, converted from {dtype}" in str(program)) == (dtype != np.int64)


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_what_also_indexes_is_converted_by_an_instruction(dtype):
    tokens, x = np.array([[2, 0], [1, 2]], dtype), np.random.default_rng(0).normal(size=(2, 4))

    def function(tokens: cr.Tensor, x: cr.Tensor) -> list[cr.Tensor]:
        return [cr.log_loss(x, tokens[:, 1]), tokens.astype(float) * 2.0, tokens]

    program = agree(cr.trace(function, tokens, x), [tokens, x])
    check(program)
    assert program.inputs[0].dtype == dtype
    assert Runner(program).compiled
    converted = [i.outputs[0].buffer.dtype for i in program.instructions if i.op == "astype"]
    assert (np.int64 in converted) == (dtype != np.int64)


def test_kernels_loop_over_as_many_axes_and_operands_as_programs_have():
    assert (strided_copy.AXES, strided.OPERANDS) == (view.MAX_AXES, 1 + elementwise.MAX_OPERANDS)


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
@pytest.mark.parametrize("kind", ["i8", "u1", "float"])
def test_rows_by_number_and_their_gradients_run_without_a_call(dtype, kind):
    rng = np.random.default_rng(0)
    table, x = rng.normal(size=(7, 3, 5)).astype(dtype), rng.normal(size=(4, 2)).astype(dtype)
    codes = np.array([[3, 0], [6, 3], [3, 3], [1, 0]])
    codes = codes.astype(dtype if kind == "float" else kind)

    def step(table: cr.Tensor, x: cr.Tensor, codes: cr.Tensor) -> list[cr.Tensor]:
        def function(table: cr.Tensor, x: cr.Tensor) -> cr.Tensor:
            numbers = codes.astype(np.int64) if kind == "float" else codes
            rows = table[numbers]
            # parts of the table, rows of a slice, and a gradient that is a slice of another
            return cr.concatenate(
                [
                    cr.reshape(rows, (4, -1)),
                    x,
                    table[:4, 1],
                    table[1:][[0, 5, 0, -1], ..., :][:, 2],
                ],
                1,
            )

        value, pull = cr.vjp(function, table, x)
        return [value, *pull(cr.cos(value))]

    program = agree(cr.trace(step, table, x, codes), [table, x, codes], dtype, scale=1.0)
    check(program)
    assert not [i for i in program.instructions if i.op == "call"]


def test_negative_row_numbers_count_from_the_end_and_others_give_nan():
    table, numbers = np.arange(6.0).reshape(3, 2), np.array([-1, 0, 3, -4])
    runner = Runner(planned(cr.trace(lambda t, n: t[n], table, numbers)))
    np.testing.assert_array_equal(
        runner(table, numbers)[0], [[4, 5], [0, 1], [np.nan] * 2, [np.nan] * 2]
    )


def test_threads_add_rows_in_the_same_order():
    rng = np.random.default_rng(0)
    table, numbers = rng.normal(size=(50, 40)), rng.integers(0, 50, 3000)

    def step(table: cr.Tensor, numbers: cr.Tensor) -> list[cr.Tensor]:
        value, pull = cr.vjp(lambda t: t[numbers], table)
        return [value, *pull(cr.exp(value))]

    program = planned(cr.trace(step, table, numbers))
    alone = Runner(program)(table, numbers)
    together = run_with_threads(program, 2, [table, numbers])
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)
