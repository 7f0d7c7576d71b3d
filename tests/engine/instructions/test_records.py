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
from program.checker import check

PACKAGE = Path(chainrule.__file__).parent
FILES = [file for folder in ("engine", "program") for file in (PACKAGE / folder).rglob("*.py")]

KNOWN = {
    # what lowering, fusion and epilogues build or look for
    **dict.fromkeys(("fused", "elementwise", "gemm", "sum", "mean"), 7),
    **dict.fromkeys(("max", "min", "prod", "native"), 4),
    **dict.fromkeys(("gemm_stack", "copy_integers"), 3),
    # a loop is written by the lowering of scans
    **dict.fromkeys(("loop", "loop_end", "load_step", "store_step", "carry"), 2),
    # their difference is a result of the logarithmic loss
    **dict.fromkeys(("softmax", "one_hot"), 2),
    # a scan is lowered to several instructions, in a file of its own
    **dict.fromkeys(("loop", "loop_end", "load_step", "store_step", "carry"), 2),
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
    assert (values["left"], values["bias"]) == (x.offset, -1)
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


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int32, np.int64], ids=lambda d: d.__name__)
def test_integers_become_floats_without_a_call(dtype):
    """Bytes of an image, or tokens."""
    rng = np.random.default_rng(0)
    images, w = rng.integers(0, 100, (5, 4)).astype(dtype), rng.normal(size=(4, 3))

    def function(images: cr.Tensor, w: cr.Tensor) -> cr.Tensor:
        return (images.astype(np.float64) / 255.0) @ w

    program = agree(cr.trace(function, images, w), [images, w])
    check(program)
    assert program.instructions[0].op == "astype"
    assert Runner(program).compiled


def test_integers_beyond_the_arena_are_converted_by_a_call():
    large = np.array([2**63 + 2**62, 3], np.uint64)
    program = agree(cr.trace(lambda n: n.astype(np.float64) * 2.0, large), [large])
    assert "call astype" in str(program)


def test_kernels_loop_over_as_many_axes_and_operands_as_programs_have():
    assert (strided_copy.AXES, strided.OPERANDS) == (view.MAX_AXES, 1 + elementwise.MAX_OPERANDS)
