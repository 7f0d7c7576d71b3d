"""Lowering: nodes without an instruction, equal ones computed once, and nodes that are refused."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import GraphError
from engine.comparison import agree, planned
from program.checker import check


def ops(function, *args, dtype=np.float64) -> list[str]:
    """The opcodes of a function's program, after the program was checked."""
    graph = cr.trace(function, *args)
    program = planned(graph, dtype)
    check(program)
    return [instruction.op for instruction in program.instructions]


X = cr.spec((3, 4))


def test_dead_code_is_left_out():
    def function(x):
        cr.exp(x) @ np.ones((4, 2))
        return cr.sin(x)

    assert ops(function, X) == ["fused"]


def test_equal_instructions_are_emitted_once():
    def function(x):
        return cr.sum(cr.exp(x) * cr.exp(x)) + cr.sum(cr.exp(x) * cr.exp(x))

    assert ops(function, X).count("sum") == 1
    program = planned(cr.trace(function, X))
    names = [micro.op for instruction in program.instructions for micro in instruction.micro]
    assert names.count("exp") == 1


def test_nodes_that_depend_on_no_input_become_constants():
    table = np.arange(12.0).reshape(4, 3)
    assert ops(lambda x: x @ (cr.exp(cr.variable(table)) * 2.0), X) == ["gemm"]


def test_transposes_and_reshapes_of_factors_need_no_instruction():
    w = cr.spec((5, 4))
    assert ops(lambda x, w: x @ w.T, X, w) == ["gemm"]
    assert ops(lambda x, y: x.T @ y, X, X) == ["gemm"]
    assert ops(lambda x, w: cr.transpose(w @ x.T), X, w) == ["gemm"]
    assert ops(lambda x, v: x @ v, X, cr.spec(4)) == ["gemm"]
    assert ops(lambda x, w: cr.reshape(x, (2, 3, 4)) @ w.T, cr.spec((6, 4)), w) == ["gemm"]


def test_an_output_that_is_a_view_of_an_input_is_copied():
    assert ops(lambda x: cr.reshape(cr.transpose(x), -1), X) == ["elementwise"]
    assert ops(lambda x: cr.reshape(x, -1), X) == ["fused"]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: cr.exp(x), ["fused"]),
        (lambda x: cr.reshape(cr.exp(x), -1), ["fused"]),
        # only a part, or another order, of what was computed
        (lambda x: cr.exp(x)[1:], ["fused", "fused"]),
        (lambda x: cr.transpose(cr.exp(x)), ["fused", "elementwise"]),
        # the first of several results of an instruction
        (lambda x: cr.standardize(x), ["standardize"]),
        # two outputs of the same entries, and one without entries
        (lambda x: (lambda y: [y, y])(cr.exp(x)), ["fused"]),
        (lambda x: [cr.exp(x), x[:0]], ["fused"]),
    ],
)
def test_an_output_is_computed_in_place_where_it_fits(function, expected):
    assert ops(function, X) == expected
    x = np.arange(12.0).reshape(3, 4) / 7
    agree(cr.trace(function, x), [x])


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: cr.transpose(cr.exp(x)), ["fused"]),
        (lambda x: cr.exp(x), ["fused", "elementwise"]),
    ],
)
def test_an_output_that_is_stored_column_major(function, expected):
    graph = cr.trace(function, X)
    program = planned(graph, transposed=graph.outputs)
    check(program)
    assert [instruction.op for instruction in program.instructions] == expected


def test_constants_that_differ_in_the_sign_of_zero():
    zeros = np.array([[0.0, -0.0, 0.0, -0.0]])
    x = np.ones((3, 4))
    agree(cr.trace(lambda x: [cr.concatenate([x, zeros]), 0.0 * x, -0.0 + 0.0 * x], x), [x])
    graph = cr.trace(lambda x: [cr.concatenate([x[:1], zeros]), cr.broadcast_to(-0.0, (2,))], x)
    agree(graph, [x], signs=True)


def test_unhashable_parameters_are_distinguished():
    from chainrule.ops.define import apply, primitive
    from chainrule.ops.registry import PRIMITIVES

    shift = primitive(
        "shifted_by_a_test",
        lambda x, by: x + np.asarray(by),
        shape=lambda spec, by: spec,
        vjp=(lambda g, y, x, by: g,),
    )
    try:
        long = [np.zeros(2000), np.zeros(2000)]
        long[1][1000] = 1.0  # in the part that an array's repr leaves out
        x = np.ones(2000)
        graph = cr.trace(lambda x: [apply(shift, cr.ops.tensor.lift(x), by=by) for by in long], x)
        agree(graph, [x])
    finally:
        del PRIMITIVES["shifted_by_a_test"]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x: (x.astype(np.float32) * 2).named("narrow"), r"astype #\d+.*f64.*got f32\[3,4\]"),
        (lambda x: cr.sum(x.astype(np.float32).named("narrow")), r"lowering narrow:.*one dtype"),
    ],
)
def test_mixed_precision_is_refused_by_the_name_of_the_node(function, words):
    with pytest.raises(GraphError, match=words.replace("f64", "float64")):
        planned(cr.trace(function, X))


def test_an_input_of_another_precision_is_refused():
    graph = cr.trace(lambda x, y: [cr.sin(x), y > 0.5], X, cr.spec(2, np.float32))
    with pytest.raises(GraphError, match=r"lowering .*float64, got f32\[2\]"):
        planned(graph)
