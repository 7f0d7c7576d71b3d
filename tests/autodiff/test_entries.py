"""Jacobians of single operations: of those that say nothing of theirs, and what is not asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.autodiff.entries import local_gradients
from chainrule.explain import explain
from chainrule.ops.define import apply
from ops import contract, formulas, jacobians
from ops.cases import CASES

SILENT = [
    case
    for name in ("matmul", "mul", "softmax", "transpose", "where", "fold")
    for case in [case for case in CASES if case.primitive == name and case.wrt][:3]
]


def silent(node) -> cr.Tensor:
    """The same operation by a primitive that does not say how it depends."""
    inputs = map(cr.Tensor, node.inputs)
    return apply(replace(node.primitive, entries=None), *inputs, **node.params)


@pytest.mark.parametrize("case", SILENT, ids=str)
def test_without_a_word_it_is_found_by_reverse_mode(case):
    given = [cr.variable(arg) if i in case.wrt else arg for i, arg in enumerate(case.args)]
    for node in contract.applied(case, case.function(*given)):
        bare = silent(node).node
        for position, source in enumerate(node.inputs):
            if source.spec.differentiable:
                found, expected = (local_gradients(one, position) for one in (bare, node))
                shape = node.spec.size, source.spec.size
                sparse, stored = np.zeros(shape), np.zeros(shape, dtype=bool)
                sparse[found.rows, found.columns] = found.values
                stored[found.rows, found.columns] = True
                pairs = {(int(i), int(j)) for i, j in zip(*found[:2], strict=True)}
                told = {(int(i), int(j)) for i, j in zip(*expected[:2], strict=True)}
                assert pairs <= told
                np.testing.assert_allclose(sparse, jacobians.by_vjp(node, position), rtol=1e-12)
                jacobians.check_restrictions(bare, position, sparse, stored)
        formulas.check(bare)


def test_a_slope_of_zero_at_this_point_is_found_too():
    node = silent(cr.relu(cr.variable([-1.0, 2.0])).node).node
    found = local_gradients(node, 0)
    assert found.columns.tolist() == [0, 1]
    assert found.values.tolist() == [0.0, 1.0]


def test_it_is_explained_like_any_other():
    x = cr.variable(np.arange(6.0).reshape(2, 3), "x")
    told = []
    for product in (x @ np.ones(3), silent((x @ np.ones(3)).node)):
        told.append(str(explain((product.named("y") ** 2).sum().named("f"), wrt="x[1, 2]")))
    assert told[0] == told[1]


def test_nothing_comes_through_integers_and_conditions():
    x = cr.variable([0.5, 1.5], "x")
    rounded, condition = cr.astype(x, int), cr.greater(x, 1.0)
    assert not len(local_gradients(rounded.node, 0).rows)
    assert not len(local_gradients(condition.node, 0).rows)
    chosen = cr.where(condition, x, 2 * x).node
    assert not len(local_gradients(chosen, 0).rows)
    assert local_gradients(chosen, 1).values.tolist() == [0.0, 1.0]


def test_one_weight_of_many_rows_costs_no_more_than_it_gives():
    """128 × 512 × 784 products, of which one weight is in 128."""
    x, w = np.ones((128, 784)), cr.variable(np.ones((784, 512)))
    node = (cr.ops.tensor.constant(x) @ w).node
    one = local_gradients(node, 1, columns=np.array([300 * 512 + 5]))
    assert one.rows.tolist() == [512 * row + 5 for row in range(128)]
    one = local_gradients(node, 1, rows=np.array([7]))
    assert len(one.rows) == 784
    one = local_gradients(node, 1, rows=np.array([5, 512 + 5]), columns=np.arange(400_000))
    assert len(one.rows) == 2 * 782
