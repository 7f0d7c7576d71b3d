"""Fused and strided instructions: tiles, registers, access patterns, random elementwise graphs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import chainrule as cr
from engine.comparison import agree, planned
from engine.elementwise_graphs import ElementwiseGraph, elementwise_graphs
from program.checker import check

EXAMPLES = settings(
    max_examples=150,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@EXAMPLES
@given(elementwise_graphs())
def test_random_elementwise_graphs(graph: ElementwiseGraph):
    for dtype in (np.float64, np.float32):
        check(agree(graph.graph(dtype), graph.leaves(dtype), dtype))


ROWS = [(1, 1024), (1, 1025), (1023, 1), (1025, 1), (2, 512), (3, 341), (3, 342), (1025, 2)]
LONG = [(2, 1024), (3, 1025), (2, 5000), (700, 3), (16, 64), (17, 61), (2, 3)]


@pytest.mark.parametrize("shape", [*ROWS, *LONG], ids=str)
def test_every_access_pattern_at_every_size_of_a_tile(shape):
    rows, columns = shape
    rng = np.random.default_rng(0)
    sizes = [shape, (columns,), (rows, 1), (), (1, 1)]
    whole, row, column, one, entry = (np.asarray(rng.uniform(-1, 1, size)) for size in sizes)

    def function(whole, row, column, one, entry):
        y = cr.tanh(whole * row + column)
        z = cr.where(y > column, y - row * one, cr.maximum(y, entry))
        return [z * whole, y, cr.sum(z, axis=1), cr.mean(z * row, axis=0), z + cr.sin(one) * y]

    args = [whole, row, column, one, entry]
    graph = cr.trace(function, *args)
    check(agree(graph, args, scale=1.0))
    assert "elementwise" not in [instruction.op for instruction in planned(graph).instructions]


@pytest.mark.parametrize("shape", [*ROWS, *LONG], ids=str)
def test_rows_of_wider_matrices_are_read_and_written(shape):
    rows, columns = shape
    rng = np.random.default_rng(0)
    wide = rng.uniform(-1, 1, (rows, 3 * columns))
    tall = rng.uniform(-1, 1, (2 * rows, columns))

    def function(wide, tall):
        left, right = wide[:, :columns], wide[:, -columns:]
        y = cr.tanh(left) * right + left * wide[:, 1:2] - tall[::-2]
        return [cr.concatenate([y * left, cr.exp(y)], axis=1), cr.sum(y, axis=1)]

    graph = cr.trace(function, wide, tall)
    check(agree(graph, [wide, tall], scale=1.0))
    assert {i.op for i in planned(graph).instructions} == {"fused", "sum"}


def test_operands_without_common_rows_are_read_with_strides():
    x = np.random.default_rng(0).normal(size=(40, 40))
    y = np.random.default_rng(1).normal(size=(2, 3, 4, 5, 2))

    def function(x, y):
        transposed = cr.transpose(y, (4, 2, 0, 3, 1))
        crossed = y[:, :1, :, :1] + y[:1, :, :1, :, :1]  # five axes, none of which can be merged
        return [
            cr.tanh(x) * cr.transpose(x),
            transposed * 2.0,
            transposed + 1.0,
            crossed,
            cr.exp(transposed),
        ]

    check(agree(cr.trace(function, x, y), [x, y]))


def test_a_scalar_is_read_after_it_has_been_computed():
    def function(x):
        y = cr.exp(x)
        z = cr.sqrt(y) + y
        return [y, z, y * z, cr.reshape(z, (1, 1)) * cr.reshape(y, (1, 1))]

    for shape in ((), (1,), (1, 1)):
        x = np.full(shape, 0.7)
        check(agree(cr.trace(function, x), [x]))


def test_a_chain_is_one_instruction_with_its_values_in_registers():
    graph = cr.trace(lambda x: cr.tanh(cr.exp(cr.sin(x) * 2.0) + x), cr.spec((50, 40)))
    (instruction,) = planned(graph).instructions
    assert instruction.op == "fused"
    assert len(instruction.micro) == 5
    assert len(instruction.outputs) == 1


def test_operands_without_common_rows_and_columns_are_not_fused():
    rng = np.random.default_rng(0)
    x, outer, inner = (rng.normal(size=shape) for shape in [(2, 3, 4), (2, 1, 1), (4,)])
    args = [x, outer, inner]
    check(agree(cr.trace(lambda x, a, b: cr.tanh(x * a) * b + a, *args), args))
